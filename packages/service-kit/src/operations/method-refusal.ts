import { methodsAt, type ServiceContract } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'

/**
 * `METHOD_NOT_ALLOWED` with the allowed methods, if there is a resource at the path, but not for this method. The
 * router would take `DELETE /certificates/csr` for a certificate with the id `csr`.
 */
export function methodRefusal(contract: ServiceContract, method: string, url: string): CodedError | undefined {
  const [path = ''] = url.split('?')
  const allowed: readonly string[] = methodsAt(contract, path)
  if (allowed.length === 0 || allowed.includes(method)) return undefined
  const message = `There is no ${method} at this path. Use ${allowed.join(', ')}.`
  return new CodedError('METHOD_NOT_ALLOWED', message, { details: { allowed } })
}
