output "app_name" {
  description = "Name of the application"
  value       = juju_application.velero_operator.name
}

output "provides" {
  description = "Endpoints that the charm offers"
  value = {
    metrics_endpoint  = "metrics-endpoint"
    grafana_dashboard = "grafana-dashboard"
  }
}

output "requires" {
  description = "Endpoints that the charm integrates"
  value = {
    s3_credentials          = "s3-credentials"
    azure_storage           = "azure-storage"
    azure_service_principal = "azure-service-principal"
    gcs_credentials         = "gcs-credentials"
    velero_backups          = "velero-backups"
    k8s_backup_targets      = "k8s-backup-targets"
    charm_tracing           = "charm-tracing"
    receive_ca_cert         = "receive-ca-cert"
  }
}
