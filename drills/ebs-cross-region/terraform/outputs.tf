output "volume_id" {
  description = "The volume whose recovery is rehearsed"
  value       = data.aws_ebs_volume.protected.id
}

output "availability_zone" {
  description = "Where that volume is"
  value       = data.aws_ebs_volume.protected.availability_zone
}

output "volume_type" {
  description = "What kind of volume it is: the restored one has to be as fast"
  value       = data.aws_ebs_volume.protected.volume_type
}

output "policy_id" {
  description = "The lifecycle policy"
  value       = aws_dlm_lifecycle_policy.daily.id
}

output "dr_key_arn" {
  description = "The key that the copies in the DR Region are encrypted with"
  value       = aws_kms_key.dr.arn
}
