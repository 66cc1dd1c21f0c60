import { AwsError } from "../service.ts";
import type { Operation, Operations } from "./operation.ts";
import type { WireRequest } from "./wire-request.ts";

interface Route {
  readonly operation: Operation;
  readonly method: string;
  readonly segments: readonly string[];
  /** Constant query parameters that tell operations on the same path apart. */
  readonly query: URLSearchParams;
}

const routesOf = new WeakMap<Operations, readonly Route[]>();
const routeOf = new WeakMap<Operation, readonly Route[]>();

/** The operation whose method and path the request has, with the decoded labels of the path. */
export function findRoute(
  operations: Operations,
  request: WireRequest,
): { operation: Operation; labels: Readonly<Record<string, string>> } | undefined {
  let routes = routesOf.get(operations);
  if (!routes) routesOf.set(operations, (routes = compile(operations)));
  const segments = pathSegments(request.path);
  for (const route of routes) {
    if (route.method !== request.method) continue;
    if (![...route.query].every(([key, value]) => request.query.get(key) === value)) continue;
    const labels = match(route.segments, segments);
    if (labels) return { operation: route.operation, labels };
  }
  return undefined;
}

/** Labels of a request that is already known to be for the operation. */
export function labelsOf(operation: Operation, request: WireRequest): Readonly<Record<string, string>> {
  let route = routeOf.get(operation);
  if (!route) routeOf.set(operation, (route = compile(new Map([[operation.name, operation]]))));
  return (route[0] && match(route[0].segments, pathSegments(request.path))) ?? {};
}

/** Most specific first: a constant segment beats a label. */
function compile(operations: Operations): Route[] {
  const routes: Route[] = [];
  for (const operation of operations.values()) {
    if (!operation.http) continue;
    const [path = "/", query = ""] = operation.http.path.split("?");
    routes.push({
      operation,
      method: operation.http.method,
      segments: pathSegments(path),
      query: new URLSearchParams(query),
    });
  }
  return routes.sort((a, b) => specificity(b).localeCompare(specificity(a)));
}

function specificity(route: Route): string {
  return route.segments.map((segment) => (isLabel(segment) ? "0" : "1")).join("") + route.query.size;
}

function pathSegments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function isLabel(segment: string): boolean {
  return segment.startsWith("{");
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const rest = segments.slice(index);
    if (isLabel(part) && part.endsWith("+}")) {
      if (rest.length === 0) return undefined;
      labels[part.slice(1, -2)] = rest.map(decoded).join("/");
      return labels;
    }
    if (rest[0] === undefined) return undefined;
    if (isLabel(part)) labels[part.slice(1, -1)] = decoded(rest[0]);
    else if (part !== rest[0]) return undefined;
  }
  return pattern.length === segments.length ? labels : undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AwsError(
      "ValidationException",
      `The path segment ${segment.slice(0, 100)} is not valid percent-encoding.`,
    );
  }
}
