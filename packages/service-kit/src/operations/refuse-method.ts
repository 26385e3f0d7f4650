import { methodsAt, type ServiceContract } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'

/**
 * For a request that no route takes.
 * @throws CodedError `METHOD_NOT_ALLOWED` naming the methods, where there is something at its path
 */
export function refuseMethod(contract: ServiceContract, method: string, url: string): void {
  const [path = ''] = url.split('?')
  const allowed: readonly string[] = methodsAt(contract, path)
  // The router may have other reasons for a path that the contract knows.
  if (allowed.length === 0 || allowed.includes(method)) return
  const message = `There is no ${method} at this path. Use ${allowed.join(', ')}.`
  throw new CodedError('METHOD_NOT_ALLOWED', message, { details: { allowed } })
}
