import * as z from "zod";

/** The heartbeat inside the data: what a recovery point is measured from, for no metadata can fake it. */
export interface Marker {
  /** The run that wrote it. */
  readonly run: string;
  /** ISO instant of that run's clock, taken just before writing. */
  readonly writtenAt: string;
  readonly nonce: string;
}

const markerShape = z.object({
  run: z.string().max(64),
  writtenAt: z.iso.datetime(),
  nonce: z.string().max(64),
});

/** Reads a marker that a host told, base64 of its file. Undefined for none, and for anything that is no marker. */
export function readMarker(told: string | undefined): Marker | undefined {
  if (!told) return undefined;
  try {
    const parsed = markerShape.safeParse(JSON.parse(Buffer.from(told, "base64").toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The newest of the markers that a host told: `marker-` and the partition's number. */
export function newestMarker(told: ReadonlyMap<string, string>): Marker | undefined {
  const markers = [...told].flatMap(([key, value]) => (key.startsWith("marker-") ? (readMarker(value) ?? []) : []));
  return markers.reduce<Marker | undefined>(
    (newest, marker) => (newest && Date.parse(newest.writtenAt) >= Date.parse(marker.writtenAt) ? newest : marker),
    undefined,
  );
}
