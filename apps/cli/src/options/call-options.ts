import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { headerValue } from '../input/header-value.ts'

export interface CallOptions {
  readonly method?: string | undefined
  readonly contentType?: string | undefined
  readonly bodyFile?: string | undefined
  readonly authorizationFile?: string | undefined
}

/** What is sent to a target besides its url. */
export interface CallParts {
  readonly method: string
  readonly contentType: string | undefined
  readonly body: Buffer<ArrayBuffer> | undefined
  /** For the target: it becomes the `Authorization` that the target gets. */
  readonly authorization: string | undefined
}

/** The options of every command that makes a call to a target. */
export function withCall<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
  return command
    .addOption(new Option('--method <method>', 'the method; default: GET, or POST with a body').choices(methods))
    .option('--body-file <file>', 'file with the body; - is stdin')
    .option('--content-type <type>', 'Content-Type of the body')
    .option('--authorization-file <file>', 'file with the Authorization header for the target')
}

/** @throws CliFailure */
export async function readCall({ inputs }: CliContext, options: CallOptions): Promise<CallParts> {
  const { method, contentType, bodyFile, authorizationFile } = options
  const body = bodyFile === undefined ? undefined : await inputs.file(bodyFile)
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new CliFailure('wrongUse', `${method} has no body: leave --body-file out, or use another --method.`)
  }
  const authorization = authorizationFile === undefined ? undefined : await inputs.secretFile(authorizationFile)
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    body,
    contentType: contentType === undefined ? undefined : headerValue(contentType, '--content-type'),
    authorization: authorization === undefined ? undefined : headerValue(authorization, '--authorization-file'),
  }
}
