import { InvalidConfigError } from '../domain/codes/errors.ts';
import { type AwsAccess, type AwsApi, createAwsApi } from './api.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The table's client, by what Lambda puts into the environment; so are the others. @throws InvalidConfigError */
export function createDynamoClient(environment: Environment = process.env): AwsApi {
  return createAwsApi('dynamodb', accessIn(environment, 'AWS_ENDPOINT_URL_DYNAMODB'));
}

export function createSqsClient(environment: Environment = process.env): AwsApi {
  return createAwsApi('sqs', accessIn(environment, 'AWS_ENDPOINT_URL_SQS'));
}

export function createSecretsClient(environment: Environment = process.env): AwsApi {
  return createAwsApi('secretsmanager', accessIn(environment, 'AWS_ENDPOINT_URL_SECRETS_MANAGER'));
}

/** The names are those of AWS's own clients. */
function accessIn(environment: Environment, endpointName: string): AwsAccess {
  const { AWS_SESSION_TOKEN: sessionToken, AWS_ENDPOINT_URL } = environment;
  const endpoint = environment[endpointName] ?? AWS_ENDPOINT_URL;
  const names = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) throw new InvalidConfigError(missing.map((name) => `${name} is not set`));
  const [region = '', accessKeyId = '', secretAccessKey = ''] = names.map((name) => environment[name]);
  return {
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}
