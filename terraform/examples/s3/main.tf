# Velero with an S3 bucket in a model of its own: what a bundle would say, as Terraform.

terraform {
  required_version = ">= 1.6"

  required_providers {
    juju = {
      source  = "juju/juju"
      version = ">= 1.0"
    }
  }
}

variable "access_key" {
  description = "Access key that may list, read, write and delete in the bucket"
  type        = string
  sensitive   = true
}

variable "secret_key" {
  description = "Its secret key"
  type        = string
  sensitive   = true
}

variable "bucket" {
  description = "The bucket that backups are stored in"
  type        = string
}

variable "endpoint" {
  description = "Address of the object store; null for AWS"
  type        = string
  default     = null
}

variable "region" {
  description = "Region of the bucket"
  type        = string
  default     = null
}

resource "juju_model" "platform" {
  name = "platform"
}

module "velero_operator" {
  source     = "../.."
  model_uuid = juju_model.platform.uuid
}

resource "juju_secret" "s3_keys" {
  model_uuid = juju_model.platform.uuid
  name       = "s3-keys"
  value = {
    access-key = var.access_key
    secret-key = var.secret_key
  }
}

resource "juju_application" "s3_integrator" {
  name       = "s3-integrator"
  model_uuid = juju_model.platform.uuid

  charm {
    name    = "s3-integrator"
    channel = "2/edge"
  }

  config = { for name, value in {
    bucket      = var.bucket
    endpoint    = var.endpoint
    region      = var.region
    credentials = juju_secret.s3_keys.secret_uri
  } : name => value if value != null }
}

resource "juju_access_secret" "s3_keys" {
  model_uuid   = juju_model.platform.uuid
  applications = [juju_application.s3_integrator.name]
  secret_id    = juju_secret.s3_keys.secret_id
}

resource "juju_integration" "storage" {
  model_uuid = juju_model.platform.uuid

  application {
    name     = module.velero_operator.app_name
    endpoint = module.velero_operator.requires.s3_credentials
  }

  application {
    name     = juju_application.s3_integrator.name
    endpoint = "s3-credentials"
  }
}
