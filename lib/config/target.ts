import { isLoopback } from '../domain/loopback.ts';
import type { Reader } from './reader.ts';

/** HUAWEICLOUD_WORKSPACE_ENDPOINT; undefined when it is not set, or cannot be used. */
export function readEndpoint(reader: Reader): URL | undefined {
  const name = 'HUAWEICLOUD_WORKSPACE_ENDPOINT';
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    const shown = text.replace(/\S*@/, '…@');
    reader.refuse(`${name} must be like https://workspace.cn-north-4.myhuaweicloud.com, not "${shown}"`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '') reader.refuse(`${name} must not hold a user or a password`);
  if (url.protocol === 'http:' && !isLoopback(url)) reader.refuse(`${name} must begin with https://`);
  return url;
}

/** HUAWEICLOUD_REGION; undefined when it is not set. */
export function readRegion(reader: Reader): string | undefined {
  const region = reader.text('HUAWEICLOUD_REGION');
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region))
    reader.refuse(`HUAWEICLOUD_REGION is not the name of a region: "${region}"`);
  return region;
}

/** Where the Workspace of a region is reached. */
export function endpointOf(region: string): string {
  return `https://workspace.${region}.myhuaweicloud.com`;
}

/** HUAWEICLOUD_SDK_PROJECT_ID. @param fallback when absent, it must be set. */
export function readProjectId(reader: Reader, fallback?: string): string {
  const name = 'HUAWEICLOUD_SDK_PROJECT_ID';
  const projectId = reader.text(name) ?? fallback;
  if (projectId === undefined) reader.refuse(`${name} is not set`);
  else if (!/^[0-9a-f]{32}$/i.test(projectId))
    // Not repeated: the key stands beside it, and is easily pasted into its place.
    reader.refuse(`${name} must be 32 hexadecimal digits; it has ${projectId.length} characters`);
  return projectId ?? '';
}
