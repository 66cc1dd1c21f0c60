data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "AccountDecidesByIAM"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

# Keys are regional: the copy can only be encrypted with a key of the Region it is made in.
resource "aws_kms_key" "dr" {
  provider                = aws.dr
  description             = "EBS snapshot copies in the DR Region"
  policy                  = data.aws_iam_policy_document.key.json
  deletion_window_in_days = 7
}
