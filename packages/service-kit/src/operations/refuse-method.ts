import { methodsAt, type ServiceContract } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'

/**
 * For a request that no route takes.
 * @throws CodedError `METHOD_NOT_ALLOWED` naming the methods, where there is something at its path
 */
export function refuseMethod(contract: ServiceContract, method: string, url: string): void {
  const [path = ''] = url.split('?')
  const allowed = methodsAt(contract, path)
  if (allowed.length === 0) return
  const message = `There is no ${method} at this path. Use ${allowed.join(', ')}.`
  throw new CodedError('METHOD_NOT_ALLOWED', message, { details: { allowed } })
}
