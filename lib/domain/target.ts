/** The name of one Huawei project at one endpoint: what a store is bound to. */
export function targetOf({ endpoint, projectId }: { endpoint: string; projectId: string }): string {
  return `${endpoint} project ${projectId}`;
}
