variable "primary_region" {
  description = "Where the volume is"
  type        = string
  default     = "us-east-1"
}

variable "dr_region" {
  description = "Where its snapshots are copied to"
  type        = string
  default     = "us-west-2"
}

variable "run_id" {
  description = "The gameday run; snapshots and copies of this policy carry it as the tag gameday:run"
  type        = string
}

variable "volume_id" {
  description = "The volume to recover; null takes the one attached volume that is tagged Snapshot=true"
  type        = string
  default     = null
}

variable "snapshot_time" {
  description = "When the daily snapshot is due, hh:mm in UTC; it starts up to an hour later"
  type        = string
  default     = "23:45"
}
