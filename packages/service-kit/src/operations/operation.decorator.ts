import { type Operation as ContractOperation, pathsOf } from '@mtls-gateway/contract'
import { applyDecorators, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common'
import { Credentials, OpenToAll } from '../auth/credentials.ts'
import { LeavesBody } from '../body/unread-bodies.ts'

/** Makes a handler that of an operation: its paths and method, whom it answers and with which status. */
export function Operation(operation: ContractOperation): MethodDecorator {
  const { method, credentials, answers } = operation
  return applyDecorators(
    RequestMapping({ path: pathsOf(operation).map(routeOf), method: RequestMethod[method] }),
    HttpCode(Math.min(...Object.keys(answers).map(Number))),
    credentials === 'none' ? OpenToAll(true) : Credentials(credentials),
    LeavesBody(readsBodyItself(operation)),
  )
}

/** `/accounts/{accountId}` as a router has it. */
function routeOf(path: string): string {
  return path.replaceAll('{', ':').replaceAll('}', '')
}

/** What takes more than JSON tells the types apart by itself. */
function readsBodyItself({ body }: ContractOperation): boolean {
  return body?.form !== undefined || body?.pem !== undefined
}
