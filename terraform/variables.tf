variable "app_name" {
  description = "Name of the application"
  type        = string
  default     = "velero-operator"
}

variable "base" {
  description = "The operating system of the charm container"
  type        = string
  default     = "ubuntu@24.04"
}

variable "channel" {
  description = "Channel of the charm"
  type        = string
  default     = "latest/edge"
}

variable "config" {
  description = "Options of the charm; docs/reference/options.md lists them"
  type        = map(string)
  default     = {}
}

variable "constraints" {
  description = "Constraints of the charm's pod, such as \"arch=amd64\""
  type        = string
  default     = null
}

variable "model_uuid" {
  description = "UUID of the model, on a Kubernetes cloud, to deploy to; Velero runs in its namespace"
  type        = string
}

variable "revision" {
  description = "Revision of the charm; by default the newest of the channel"
  type        = number
  default     = null
}

variable "trust" {
  description = "Whether the charm may administer the cluster, without which it installs nothing"
  type        = bool
  default     = true
}

variable "units" {
  description = "How many units; one of them acts, the others stand by"
  type        = number
  default     = 1
}
