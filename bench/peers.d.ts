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

declare module 'bullmq' {
  type Connection = { host: string; port: number; maxRetriesPerRequest: null };
  type Template<Data> = { name: string; data: Data };

  export class Queue<Data> {
    constructor(name: string, options: { connection: Connection });
    addBulk(jobs: (Template<Data> & { opts: { delay: number } })[]): Promise<unknown>;
    upsertJobScheduler(
      id: string,
      repeat: { pattern: string; tz: string },
      template: Template<Data>,
    ): Promise<unknown>;
    getJobCountByTypes(...types: string[]): Promise<number>;
  }
  export class Worker<Data> {
    constructor(
      name: string,
      work: (job: { data: Data }) => Promise<void>,
      options: { connection: Connection; concurrency: number; removeOnComplete: { count: number } },
    );
    on(event: 'error', listen: (cause: Error) => void): void;
  }
}

declare module 'pg-boss' {
  export class PgBoss {
    constructor(options: { connectionString: string });
    on(event: 'error', listen: (cause: Error) => void): void;
    start(): Promise<unknown>;
    createQueue(name: string, options: { heartbeatSeconds: number }): Promise<void>;
    work<Data>(
      name: string,
      options: { batchSize: number; pollingIntervalSeconds: number; burstWhenBatchFull: boolean },
      work: (jobs: { data: Data }[]) => Promise<void>,
    ): Promise<unknown>;
    insert(name: string, jobs: { data: object; startAfter: Date }[]): Promise<unknown>;
    schedule(name: string, cron: string, data: object, options: { tz: string; key: string }): Promise<void>;
    getDb(): { executeSql(text: string, values: unknown[]): Promise<{ rows: { count: string }[] }> };
  }
}
