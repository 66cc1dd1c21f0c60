# The existing volume. More than one match is an error: then volume_id has to say which one the drill recovers.
data "aws_ebs_volume" "protected" {
  filter {
    name   = "tag:Snapshot"
    values = ["true"]
  }

  filter {
    name   = "status"
    values = ["in-use"]
  }

  dynamic "filter" {
    for_each = var.volume_id == null ? [] : [var.volume_id]
    content {
      name   = "volume-id"
      values = [filter.value]
    }
  }
}

# A copy in another Region does not say which volume it comes from: its VolumeId is vol-ffffffff and it names no source snapshot.
# This tag goes from the volume to the snapshot and on to the copy, because both copy_tags below are true.
resource "aws_ec2_tag" "origin" {
  resource_id = data.aws_ebs_volume.protected.id
  key         = "gameday:source-volume"
  value       = data.aws_ebs_volume.protected.id
}
