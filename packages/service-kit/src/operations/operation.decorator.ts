import { type Operation as ContractOperation, pathsOf } from '@mtls-gateway/contract'
import { applyDecorators, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common'
import { Credentials } from '../auth/credentials.ts'
import { LeavesBody } from '../body/unread-bodies.ts'

/** Binds a handler to an operation: its paths and method, its credentials and its status. */
export function Operation(operation: ContractOperation): MethodDecorator {
  const { method, credentials, answers } = operation
  return applyDecorators(
    RequestMapping({ path: pathsOf(operation).map(routeOf), method: RequestMethod[method] }),
    HttpCode(Math.min(...Object.keys(answers).map(Number))),
    Credentials(credentials),
    LeavesBody(readsBodyItself(operation)),
  )
}

/** `/accounts/{accountId}` as a router has it. */
function routeOf(path: string): string {
  return path.replaceAll('{', ':').replaceAll('}', '')
}

/** An operation that accepts more than JSON tells the types apart itself. */
function readsBodyItself({ body }: ContractOperation): boolean {
  return body?.form !== undefined || body?.pem !== undefined
}
