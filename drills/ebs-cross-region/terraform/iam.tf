data "aws_iam_policy_document" "dlm_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["dlm.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "dlm" {
  name_prefix        = "gameday-dlm-"
  assume_role_policy = data.aws_iam_policy_document.dlm_trust.json
}

locals {
  snapshots = "arn:${data.aws_partition.current.partition}:ec2:*::snapshot/*"
  volumes   = "arn:${data.aws_partition.current.partition}:ec2:*:${data.aws_caller_identity.current.account_id}:volume/*"

  # A snapshot of an encrypted volume is read with the volume's key and written with the one of the DR Region.
  keys = compact([aws_kms_key.dr.arn, data.aws_ebs_volume.protected.kms_key_id])
}

data "aws_iam_policy_document" "dlm" {
  statement {
    sid       = "Look"
    actions   = ["ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"]
    resources = ["*"]
  }

  statement {
    sid       = "Snapshot"
    actions   = ["ec2:CreateSnapshot"]
    resources = [local.volumes, local.snapshots]
  }

  statement {
    sid       = "CopyTagAndExpire"
    actions   = ["ec2:CopySnapshot", "ec2:CreateTags", "ec2:DeleteSnapshot"]
    resources = [local.snapshots]
  }

  statement {
    sid       = "UseKeys"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = local.keys
  }

  # EBS works on the copy long after the call: it does so by grants.
  statement {
    sid       = "LetEBSUseKeys"
    actions   = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
    resources = local.keys

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role_policy" "dlm" {
  name_prefix = "snapshots-"
  role        = aws_iam_role.dlm.name
  policy      = data.aws_iam_policy_document.dlm.json
}
