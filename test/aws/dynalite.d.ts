declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** DynamoDB's HTTP API over LevelDB: in memory, or in a folder. */
  export default function dynalite(options: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
