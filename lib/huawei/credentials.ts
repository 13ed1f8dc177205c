import type { Secret } from '../secret.ts';

/** What a request is signed with. */
export type Credentials = { accessKey: string; secretKey: Secret; securityToken?: Secret };
