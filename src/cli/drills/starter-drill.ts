export interface Starter {
  /** Has been checked: it stands in YAML as it is. */
  readonly name: string;
  /** Path of the JSON Schema from the drill's folder; none when gameday is installed elsewhere. */
  readonly schema: string | undefined;
}

/** The drill that `gameday init` writes: valid as it stands, and every part of it explained. */
export function starterDrill({ name, schema }: Starter): string {
  const editor =
    schema === undefined
      ? "# For completion in your editor: gameday schema > drill.schema.json, and a yaml-language-server line here."
      : `# yaml-language-server: $schema=${schema}`;
  return `${editor}
apiVersion: gameday/v1
name: ${name}
description: A volume tagged Snapshot=true can be recovered in the DR Region from a copied snapshot.

# What you promise. A run measures RTA and RPA and puts them beside these.
objectives: { rto: 1h, rpo: 24h }

regions:
  primary: us-east-1 # counts as lost from recover on: calls to it are refused
  dr: us-west-2

safety:
  accounts: ["111122223333"] # your account id; any other is refused before anything is changed
  maxDuration: 8h # then the run is aborted and torn down

# Before the disaster: what must exist. Not part of the RTA.
prepare:
  - id: marker # other steps read its outputs as steps.marker.<output>
    uses: ebs.write-marker # a timestamp inside the data: what the RPA is measured from
    with:
      volumeTag: { key: Snapshot, value: "true" }
  - id: snapshot
    uses: ebs.create-snapshot
    with:
      volumeId: \${{ steps.marker.volumeId }}
  - id: copy
    uses: ebs.copy-snapshot
    with:
      snapshotId: \${{ steps.snapshot.snapshotId }}
    timeout: 4h

# The disaster is declared here: the RTO clock starts.
recover:
  - id: volume
    uses: ebs.restore-volume
    with:
      snapshotId: \${{ steps.copy.snapshotId }}
      availabilityZone: \${{ regions.dr }}a
    target: 10m # missing it is a finding, not a failure
  - id: host # to read the restored volume on: what is never read is not proven
    uses: ec2.launch-host
    with:
      availabilityZone: \${{ regions.dr }}a
      instanceProfile: gameday-host # yours, in the DR Region, with AmazonSSMManagedInstanceCore
  - id: attach
    uses: ebs.attach-volume
    with:
      volumeId: \${{ steps.volume.volumeId }}
      instanceId: \${{ steps.host.instanceId }}

# The proof. The RTO clock stops when the last step has passed; without one a run is unproven.
verify:
  - id: checksum # reads the restored files on the host, and the marker in them
    uses: ebs.verify-checksum
    with:
      volumeId: \${{ steps.volume.volumeId }}
      instanceId: \${{ steps.host.instanceId }}
      expect: \${{ steps.marker.manifest }}
  - id: blocks # every block of the copy, without a host; it says nothing of the restored volume
    uses: ebs.verify-blocks
    with:
      sourceSnapshotId: \${{ steps.snapshot.snapshotId }}
      snapshotId: \${{ steps.copy.snapshotId }}

# Teardown needs no steps: whatever the run has made is destroyed, newest first, always.
`;
}

export function starterReadme(name: string): string {
  return `# ${name}

What this drill proves, who runs it, how often, and what to do when it fails.

- \`gameday rehearse ${name}\`: on the embedded sandbox, in seconds, without an AWS account
- \`gameday plan ${name}\`: what a run would do, create and need
- \`gameday permissions ${name}\`: the IAM policy it needs
- \`gameday run ${name}\`: on AWS
`;
}
