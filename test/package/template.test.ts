import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tableDefinition } from '../aws/table.ts';
import { type Packaged, packageService, type Resource } from './packaged.ts';
import { codeLoadedWith, filesIn } from './zip-file.ts';

const functions = ['Tick', 'Send', 'Track', 'Api'];

let packaged: Packaged;
beforeAll(async () => {
  packaged = await packageService();
}, 100_000);
afterAll(() => packaged.remove());

function resource(name: string): Resource {
  const found = packaged.resources[name];
  if (found === undefined) throw new Error(`the template has no ${name}`);
  return found;
}

function ofType(type: string): [string, Resource][] {
  return Object.entries(packaged.resources).filter(([, { Type }]) => Type === type);
}

/** What each function may do, one line for each action and resource. */
function rightsOf(name: string): string[] {
  const { Policies } = resource(`${name}IamRoleLambdaExecution`).Properties;
  const statements = Policies.flatMap((policy: Resource['Properties']) => policy.PolicyDocument.Statement);
  return statements
    .flatMap(({ Effect, Action, Resource }: { Effect: string; Action: string[]; Resource: unknown[] }) =>
      Action.flatMap((action) => Resource.map((on) => `${Effect} ${action} on ${textOf(on)}`)),
    )
    .sort();
}

function textOf(on: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = on as Record<string, unknown>;
  return String(typeof on === 'string' ? on : (Ref ?? text ?? (attribute as string[]).join('.')));
}

const ownLogs = (name: string) =>
  ['CreateLogGroup', 'CreateLogStream', 'PutLogEvents'].map(
    (action) =>
      `Allow logs:${action} on arn:$\{AWS::Partition}:logs:$\{AWS::Region}:$\{AWS::AccountId}:log-group:/aws/lambda/deskbell-test-${name}:*:*`,
  );
const items = ['Allow dynamodb:GetItem on Table.Arn', 'Allow dynamodb:PutItem on Table.Arn'];
const lists = [
  'Allow dynamodb:BatchGetItem on Table.Arn',
  'Allow dynamodb:Query on Table.Arn',
  'Allow dynamodb:Query on $' + '{Table.Arn}/index/wake',
  'Allow dynamodb:Query on $' + '{Table.Arn}/index/log',
];
const enqueues = ['Allow sqs:SendMessage on SendQueue.Arn', 'Allow sqs:SendMessage on TrackQueue.Arn'];
const takesFrom = (queue: string) =>
  ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map(
    (action) => `Allow sqs:${action} on ${queue}.Arn`,
  );
const traces = ['Allow xray:PutTelemetryRecords on *', 'Allow xray:PutTraceSegments on *'];
const readsKeys = ['Allow secretsmanager:GetSecretValue on HuaweiKeys'];

describe('the rights of a function', () => {
  it.each([
    ['Tick', [...items, ...lists, ...enqueues]],
    ['Send', [...items, ...enqueues, ...readsKeys, ...takesFrom('SendQueue')]],
    [
      'Track',
      [...items, 'Allow sqs:SendMessage on TrackQueue.Arn', ...readsKeys, ...takesFrom('TrackQueue')],
    ],
    ['Api', [...items, ...lists, ...enqueues, ...readsKeys]],
  ])('are what %s uses, and nothing else', (name, rights) => {
    expect(rightsOf(name)).toEqual([...rights, ...ownLogs(name.toLowerCase()), ...traces].sort());
    expect(resource(`${name}IamRoleLambdaExecution`).Properties.ManagedPolicyArns).toEqual([]);
  });

  it('come from a role of its own, and the shared one is never made', () => {
    const roles = functions.map((name) => resource(`${name}LambdaFunction`).Properties.Role['Fn::GetAtt'][0]);
    expect(roles).toEqual(functions.map((name) => `${name}IamRoleLambdaExecution`));
    const made = ofType('AWS::IAM::Role').filter(([, { Condition }]) => Condition === undefined);
    expect(made.map(([name]) => name).sort()).toEqual(roles.toSorted());
    expect(packaged.resources.IamRoleLambdaExecution?.Condition).toBe('Never');
    expect(packaged.conditions.Never).toEqual({ 'Fn::Equals': ['yes', 'no'] });
  });
});

describe('a function', () => {
  it.each([
    ['Tick', 60],
    ['Send', 60],
    ['Track', 60],
    ['Api', 29],
  ])('%s runs on Node 24 and arm64, traced, for so many seconds at most: %i', (name, Timeout) => {
    expect(resource(`${name}LambdaFunction`).Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      MemorySize: 512,
      Timeout,
    });
    expect(resource(`${name}LogGroup`).Properties.RetentionInDays).toBe(90);
  });

  it('is not deployed from an environment that lacks what it needs', () => {
    expect(packaged.parameters).toEqual({
      HuaweiRegion: { Type: 'String', MinLength: 1, Default: '' },
      HuaweiProjectId: { Type: 'String', MinLength: 1, Default: '' },
      DeskbellTokens: { Type: 'String', MinLength: 1, Default: '' },
    });
  });

  it('has no key in its environment, only the name of the secret', () => {
    const variables = functions.map(
      (name) => resource(`${name}LambdaFunction`).Properties.Environment.Variables,
    );
    const names = variables.flatMap((each) => Object.keys(each));
    expect(names.filter((name) => /_AK$|_SK$|SECURITY_TOKEN|ADMIN_TOKEN/.test(name))).toEqual([]);
    expect(variables.map((each) => each.DESKBELL_SECRET_ID)).toEqual([
      undefined,
      ...Array(3).fill({ Ref: 'HuaweiKeys' }),
    ]);
    expect(resource('HuaweiKeys').Properties).not.toHaveProperty('SecretString');
    expect(resource('HuaweiKeys').DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('is given the limits and the time to keep that docs/deploy.md promises', () => {
    const [tick, ...others] = functions.map(
      (name) => resource(`${name}LambdaFunction`).Properties.Environment.Variables,
    );
    expect(tick.DESKBELL_KEPT_DAYS).toBe('400');
    for (const variables of others) {
      expect(variables).toMatchObject({
        DESKBELL_KEPT_DAYS: '400',
        DESKBELL_SENDS_PER_MINUTE: '90',
        DESKBELL_READS_PER_MINUTE: '180',
      });
    }
    expect(others.at(-1)?.DESKBELL_MESSAGE_LIMIT).toBe('400');
  });

  it('is deployed from a bucket that is closed to the public and encrypted', () => {
    expect(resource('ServerlessDeploymentBucket').Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
  });

  it.each([
    ['tick', 400],
    ['send', 400],
    ['track', 400],
    ['api', 300],
  ])('%s is small enough to start fast: at most %i kB of code', (name, mostKb) => {
    const code = codeLoadedWith(`functions/${name}.mjs`, filesIn(packaged.zipOf(name)));
    expect(code.length / 1000).toBeGreaterThan(50);
    expect(code.length / 1000).toBeLessThan(mostKb);
  });

  it('is loaded with what it needs: undici where it sends, YAML and SQLite nowhere', () => {
    const files = functions.map((name) => filesIn(packaged.zipOf(name.toLowerCase())));
    const loaded = files.map((each, i) =>
      codeLoadedWith(`functions/${functions[i]?.toLowerCase()}.mjs`, each),
    );
    const holds = (word: string, texts: string[]) => texts.map((text) => text.includes(word));
    expect(holds('llhttp', loaded)).toEqual([false, true, true, false]);
    expect(holds('YAMLMap', loaded)).toEqual([false, false, false, false]);
    expect(holds('DatabaseSync', loaded)).toEqual([false, false, false, false]);
    // The API has both where the call that wants them finds them.
    const whole = files.map((each) => [...each.values()].join());
    expect(holds('llhttp', whole)).toEqual([false, true, true, true]);
    expect(holds('YAMLMap', whole)).toEqual([false, false, false, true]);
    // What marks SQLite is there to be found.
    expect(readFileSync('lib/sqlite/database.ts', 'utf8')).toContain('DatabaseSync');
  });
});

describe('the table', () => {
  it('has the keys and indexes that the store is tested with', () => {
    const { TableName: _, ...definition } = tableDefinition;
    expect(resource('Table').Properties).toMatchObject(definition);
    expect(resource('Table').Properties.GlobalSecondaryIndexes).toHaveLength(2);
  });

  it('can be restored to any second, is encrypted, forgets by itself, and outlives the stack', () => {
    expect(resource('Table')).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    });
  });
});

describe('the way of a message', () => {
  it.each(['Send', 'Track'])(
    '%s is kept for a day, encrypted, and ends with its own dead letters',
    (name) => {
      expect(resource(`${name}Queue`).Properties).toMatchObject({
        VisibilityTimeout: 360,
        MessageRetentionPeriod: 86_400,
        SqsManagedSseEnabled: true,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': [`${name}DeadLetters`, 'Arn'] },
          maxReceiveCount: 5,
        },
      });
      expect(resource(`${name}DeadLetters`).Properties).toMatchObject({
        MessageRetentionPeriod: 1_209_600,
        SqsManagedSseEnabled: true,
      });
    },
  );

  it.each([
    ['Send', 10],
    ['Track', 4],
  ])('to %s fails by itself, with bounded concurrency', (name, MaximumConcurrency) => {
    const mapping = resource(`${name}EventSourceMappingSQS${name}Queue`).Properties;
    expect(mapping).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency },
      BatchSize: 10,
      Enabled: true,
    });
    // Whoever waits for a batch to fill is late.
    expect(mapping).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  });

  it('begins each minute with a tick that is never repeated late', () => {
    expect(resource('TickEventsRuleSchedule1').Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
    });
    expect(resource('TickLambdaEvConf').Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  it('over HTTP takes every path to the API', () => {
    expect(ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey)).toEqual([
      '$default',
      'GET /v1/health',
    ]);
    expect(resource('HttpApiStage').Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 25, ThrottlingBurstLimit: 50 },
      RouteSettings: { 'GET /v1/health': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 } },
    });
    expect(resource('HttpApi').Properties.DisableExecuteApiEndpoint).toBe(false);
  });

  it('logs each call to the API, without what may hold a token', () => {
    const { Format } = resource('HttpApiStage').Properties.AccessLogSettings;
    expect(Object.values(JSON.parse(Format))).toEqual(
      expect.arrayContaining(['$context.identity.sourceIp', '$context.path', '$context.status']),
    );
    expect(Format).not.toMatch(/query|header|authorizer/i);
    expect(resource('HttpApiLogGroup').Properties.RetentionInDays).toBe(90);
  });
});

describe('the alarms', () => {
  const alarms = () =>
    ofType('AWS::CloudWatch::Alarm').map(([, { Properties: p }]) => {
      const [filled, { MetricStat } = { MetricStat: undefined }] = p.Metrics ?? [];
      const { Namespace, MetricName, Dimensions } = MetricStat?.Metric ?? p;
      const { ComparisonOperator, Threshold, EvaluationPeriods, TreatMissingData } = p;
      const sign = { LessThanThreshold: '<', GreaterThanThreshold: '>', GreaterThanOrEqualToThreshold: '>=' };
      const { Ref, 'Fn::GetAtt': attribute } = Dimensions[0].Value;
      const of = Ref ?? attribute?.[0];
      return [
        `${Namespace} ${MetricName}${of === undefined ? '' : ` of ${of}`}`,
        MetricStat?.Stat ?? p.Statistic ?? p.ExtendedStatistic,
        `${sign[ComparisonOperator as keyof typeof sign]} ${Threshold}`,
        `${EvaluationPeriods} x ${MetricStat?.Period ?? p.Period} s`,
        filled?.Expression ?? TreatMissingData,
      ].join(', ');
    });

  it('ring for all that wants a person, and a silent planner is an alarm too', () => {
    const some = (name: string, period: number) =>
      `Deskbell ${name}, Sum, >= 1, 1 x ${period} s, notBreaching`;
    const errors = (name: string) => `AWS/Lambda Errors of ${name}, Sum, >= 1, 1 x 60 s, notBreaching`;
    const letters = (name: string) =>
      `AWS/SQS ApproximateNumberOfMessagesVisible of ${name}, Maximum, >= 1, 1 x 60 s, notBreaching`;
    // Where nothing is left to fill.
    expect(resource('NoTickAlarm').Properties.TreatMissingData).toBe('breaching');
    expect(alarms().sort()).toEqual(
      [
        'Deskbell TickEnded, Sum, < 1, 3 x 60 s, FILL(ended, 0)',
        some('TickFailures', 3600),
        some('KeyRefused', 300),
        some('ClockRefused', 300),
        errors('SendLambdaFunction'),
        errors('TrackLambdaFunction'),
        'AWS/ApiGateway 5xx of HttpApi, Sum, >= 1, 1 x 300 s, notBreaching',
        'AWS/ApiGateway 4xx of HttpApi, Sum, >= 100, 1 x 300 s, notBreaching',
        'Deskbell Lateness, p99, > 60000, 1 x 300 s, notBreaching',
        some('Rejected', 300),
        some('Unknown', 300),
        some('Undelivered', 300),
        some('Expired', 300),
        letters('SendDeadLetters'),
        letters('TrackDeadLetters'),
      ].sort(),
    );
  });

  it('all go to one topic, also when they end', () => {
    for (const [, { Properties }] of ofType('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmActions).toEqual([{ Ref: 'AlarmTopic' }]);
      expect(Properties.OKActions).toEqual([{ Ref: 'AlarmTopic' }]);
      expect(Properties.AlarmDescription).toMatch(/\w\.$/);
    }
  });

  it('stand beside a dashboard that can be read', () => {
    const body = resource('Dashboard').Properties.DashboardBody['Fn::Sub'];
    expect(JSON.parse(body).widgets).toHaveLength(5);
  });
});
