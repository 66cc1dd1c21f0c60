resource "aws_dlm_lifecycle_policy" "daily" {
  description        = "Daily snapshots with a copy in the DR Region"
  execution_role_arn = aws_iam_role.dlm.arn
  state              = "ENABLED"

  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Snapshot = "true" }

    schedule {
      name      = "2 weeks of daily snapshots"
      copy_tags = true

      create_rule {
        interval      = 24
        interval_unit = "HOURS"
        times         = [var.snapshot_time]
      }

      retain_rule {
        count = 14
      }

      tags_to_add = {
        SnapshotCreator = "DLM"
        "gameday:run"   = var.run_id
      }

      cross_region_copy_rule {
        target    = var.dr_region
        encrypted = true
        cmk_arn   = aws_kms_key.dr.arn
        copy_tags = true

        retain_rule {
          interval      = 30
          interval_unit = "DAYS"
        }
      }
    }
  }

  # Without its permissions the policy fails hours later, when nobody looks.
  depends_on = [aws_iam_role_policy.dlm, aws_ec2_tag.origin]
}
