import { escapeControls } from '../domain/input/characters.ts';
import { isoOf } from '../domain/time/instant.ts';
import type { Clock, Log, LogEvent, LogFields } from '../ports.ts';
import { type Metric, metricsOf } from './metrics.ts';

/**
 * One line of JSON per event, for CloudWatch Logs Insights.
 *
 * A line that counts something carries its metrics in CloudWatch's embedded metric format, so that they cost no
 * call: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param stage the deployment, which is the metrics' only dimension.
 */
export function createJsonLog(
  clock: Pick<Clock, 'now'>,
  stage: string,
  writeLine: (line: string) => void,
): Log {
  const at =
    (level: string) =>
    (event: LogEvent, fields: LogFields = {}) => {
      const now = clock.now();
      const counted = metricsPart(metricsOf(event, fields), now);
      writeLine(
        escapeControls(JSON.stringify({ at: isoOf(now), level, event, stage, ...fields, ...counted })),
      );
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function metricsPart(metrics: readonly Metric[], now: number): object {
  if (metrics.length === 0) return {};
  const directive = {
    Namespace: 'Deskbell',
    Dimensions: [['stage']],
    Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
  };
  return {
    _aws: { Timestamp: now, CloudWatchMetrics: [directive] },
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
