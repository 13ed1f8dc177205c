import { simulatorKeys } from '../../lib/config.ts';
import { type Answer, type Call, gatewayError, RefusedError } from './answer.ts';
import type { OperationName } from './catalogue.ts';
import { type Reply, replyTo } from './faults.ts';
import { throttle } from './gateway/gateway.ts';
import { runOperation } from './operations.ts';
import type { SimulatorState } from './state.ts';

/** Does a call whose sender is known: the limit, the project, a fault that waits for it, the operation itself. */
export function performCall(
  state: SimulatorState,
  call: Call,
  { name, params }: { name: OperationName; params: Call['params'] },
): Reply {
  const routed = { ...call, params };
  try {
    throttle(state.gateway, name, call);
    refuseOtherProject(routed);
  } catch (cause) {
    return { answer: refusalIn(cause) };
  }
  return replyTo(state.faults, routed, name, () => {
    try {
      return runOperation(name, state, routed);
    } catch (cause) {
      return refusalIn(cause);
    }
  });
}

function refuseOtherProject(call: Call): void {
  const { project } = call.params;
  if (project !== undefined && project !== simulatorKeys.projectId) {
    throw new RefusedError(gatewayError(call, 403, 'APIGW.0310', 'The project is unavailable'));
  }
}

function refusalIn(cause: unknown): Answer {
  if (cause instanceof RefusedError) return cause.answer;
  throw cause;
}
