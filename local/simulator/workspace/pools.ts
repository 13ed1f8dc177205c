import { type Answer, badRequest, type Call } from '../answer.ts';
import { flag, oneOf, pageOf } from './query.ts';

/** Huawei's four words for where a desktop's session stands. */
type LoginStatus = 'CONNECTED' | 'DISCONNECTED' | 'REGISTERED' | 'UNREGISTER';

/** One desktop; `UNREGISTER` is switched off. Replace it to change it: running jobs keep what they saw. */
export type Desktop = {
  readonly id: string;
  readonly name: string;
  readonly userName: string | null;
  readonly loginStatus: LoginStatus;
};

/** One desktop pool. */
export type Pool = {
  id: string;
  name: string;
  type: 'DYNAMIC' | 'STATIC';
  isInMaintenanceMode: boolean;
  desktops: Desktop[];
};

type PoolPlan = Omit<Pool, 'desktops' | 'isInMaintenanceMode'> & {
  desktops: Partial<Record<LoginStatus, number>>;
};

/** Finance has desktops that are off, so a notice to it ends in part; every other pool's succeeds; one is empty. */
const poolPlans: readonly PoolPlan[] = [
  {
    id: '2c2be3fb-0013-48d5-a081-0731f3473997',
    name: 'finance',
    type: 'STATIC',
    desktops: { CONNECTED: 4, DISCONNECTED: 1, REGISTERED: 1, UNREGISTER: 2 },
  },
  {
    id: '6c1f0a52-7d3e-4b08-9c41-5e2a80b7d914',
    name: 'engineering',
    type: 'DYNAMIC',
    desktops: { CONNECTED: 7, DISCONNECTED: 2, REGISTERED: 3 },
  },
  {
    id: '91d4e7c0-52ab-4f6e-8b17-c3d09a6f2e58',
    name: 'support',
    type: 'DYNAMIC',
    desktops: { CONNECTED: 3, DISCONNECTED: 1, REGISTERED: 1 },
  },
  {
    id: 'b7a2950d-3c6f-4e81-a5d2-08f41c9e7b36',
    name: '研发一部',
    type: 'STATIC',
    desktops: { CONNECTED: 2, REGISTERED: 1 },
  },
  { id: 'e50c8b19-f4d7-4a23-8e60-7b3d15a2c9f4', name: 'spare', type: 'DYNAMIC', desktops: {} },
];

function desktopsOf({ id, desktops }: PoolPlan): Desktop[] {
  const loginStatuses = Object.entries(desktops).flatMap(([loginStatus, count]) =>
    Array.from({ length: count }, () => loginStatus as LoginStatus),
  );
  return loginStatuses.map((loginStatus, index) => {
    const number = String(index + 1).padStart(3, '0');
    const isInUse = loginStatus === 'CONNECTED' || loginStatus === 'DISCONNECTED';
    return {
      id: `${id.slice(0, 24)}${number.padStart(12, '0')}`,
      name: `FAKE-${id.slice(0, 4).toUpperCase()}-${number}`,
      userName: isInUse ? `fake-user-${number}` : null,
      loginStatus,
    };
  });
}

/** The pools that every simulator starts with, the same in each run. */
export function createPools(): Pool[] {
  return poolPlans.map((plan) => ({ ...plan, isInMaintenanceMode: false, desktops: desktopsOf(plan) }));
}

/**
 * @throws RefusedError with 400 WKS.0001 for a pool that does not exist, as the service does.
 */
export function findPool(pools: readonly Pool[], id: string | undefined): Pool {
  const pool = pools.find((candidate) => candidate.id === id);
  if (pool === undefined) throw badRequest('The desktop pool does not exist.');
  return pool;
}

function poolRow({ id, name, type, isInMaintenanceMode, desktops }: Pool): object {
  const used = desktops.filter(({ userName }) => userName !== null).length;
  return {
    id,
    name,
    type,
    description: 'fake',
    created_time: '2026-01-05T00:00:00Z',
    status: 'STEADY',
    desktop_count: desktops.length,
    desktop_used: used,
    in_maintenance_mode: isInMaintenanceMode,
    enable_autoscale: false,
    disconnected_retention_period: type === 'DYNAMIC' ? 60 : null,
    enterprise_project_id: '0',
    image_os_type: 'Windows',
    isolation_num: 0,
    tags: [],
  };
}

function desktopRow({ id, name, userName, loginStatus }: Desktop): object {
  return {
    desktop_id: id,
    computer_name: name,
    status: loginStatus === 'UNREGISTER' ? 'SHUTOFF' : 'ACTIVE',
    task_status: null,
    login_status: loginStatus,
    user_name: userName,
    attach_state: userName === null ? 'UNATTACH' : 'ATTACHED',
    in_maintenance_mode: false,
    os_version: 'fake Windows',
    metadata: { os_type: 'Windows' },
    tags: [],
  };
}

/** GET desktop-pools; `name` finds every pool whose name contains it, so that callers must compare exactly. */
export function listPools(pools: readonly Pool[], { query }: Call): Answer {
  const name = query.get('name') ?? '';
  if (name.length > 255) throw badRequest('The parameter name must have at most 255 characters.');
  const types = oneOf(query, 'type', ['DYNAMIC', 'STATIC']);
  const isInMaintenanceMode = flag(query, 'in_maintenance_mode');
  const found = pools
    .filter((pool) => pool.name.includes(name))
    .filter(({ type }) => types === undefined || types.includes(type))
    .filter((pool) => isInMaintenanceMode === undefined || pool.isInMaintenanceMode === isInMaintenanceMode);
  const page = pageOf(found, query, {
    limit: { max: 1000, byDefault: 1000 },
    offset: { max: 20_000, byDefault: 0 },
  });
  return { status: 200, body: { total_count: found.length, desktop_pools: page.map(poolRow) } };
}

/** GET desktop-pools/{pool}. */
export function showPool(pools: readonly Pool[], { params }: Call): Answer {
  return { status: 200, body: poolRow(findPool(pools, params.pool)) };
}

/** GET desktop-pools/{pool}/desktops: ten of them unless `limit` asks for up to a hundred. */
export function listPoolDesktops(pools: readonly Pool[], { params, query }: Call): Answer {
  const statuses = oneOf(query, 'status', ['ACTIVE', 'SHUTOFF', 'ERROR', 'HIBERNATED']);
  const found = findPool(pools, params.pool).desktops.filter(
    ({ loginStatus }) =>
      statuses === undefined || statuses.includes(loginStatus === 'UNREGISTER' ? 'SHUTOFF' : 'ACTIVE'),
  );
  const page = pageOf(found, query, {
    limit: { max: 100, byDefault: 10 },
    offset: { max: 10_000, byDefault: 0 },
  });
  return { status: 200, body: { total_count: found.length, pool_desktops: page.map(desktopRow) } };
}
