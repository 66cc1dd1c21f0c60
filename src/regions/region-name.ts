/** Text of a regular expression without anchors: one Region's name, `us-west-2`, `us-gov-east-1`, `eusc-de-east-1`. */
export const REGION_NAME = "[a-z]{2,4}(?:-[a-z]+){1,3}-\\d{1,2}";

export const REGION_PATTERN = new RegExp(`^${REGION_NAME}$`);
/** A zone is named by its Region and a letter: `us-west-2a`. */
export const ZONE_PATTERN = new RegExp(`^${REGION_NAME}[a-z]$`);
