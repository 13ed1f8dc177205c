// What is used of the peers. They are installed at the first run, so the checks must do without their own types.

declare module '@huaweicloud/huaweicloud-sdk-core' {
  export class BasicCredentials {
    withAk(accessKey: string): this;
    withSk(secretKey: string): this;
    withProjectId(projectId: string): this;
  }
}

declare module '@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js' {
  import type { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core';

  export type Client = {
    sendRequest(options: {
      url: string;
      method: string;
      contentType: string;
      pathParams: Record<string, string>;
      queryParams: Record<string, string>;
      headers: Record<string, string>;
      data: object;
    }): Promise<{ job_id?: string }>;
  };
  export class ClientBuilder {
    constructor(init: (client: Client) => Client);
    withEndpoint(endpoint: string): this;
    withCredential(credential: BasicCredentials): this;
    build(): Client;
  }
}

declare module '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js' {
  import type { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core';

  export const AKSKSigner: {
    sign(
      request: { method: string; endpoint: string; headers: Record<string, string>; data: object },
      credential: BasicCredentials,
    ): Record<string, string>;
  };
}

declare module 'croner' {
  export class Cron {
    constructor(pattern: string, options: { timezone: string }, run: () => void);
  }
}

declare module 'node-cron' {
  const cron: { schedule(pattern: string, run: () => void, options: { timezone: string }): unknown };
  export default cron;
}
