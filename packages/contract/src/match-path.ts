import type { Method, Operation, ServiceContract } from './operation.ts'

/** Whether a path, without its query, is one of a template such as `/mtls/account/{accountId}`. */
function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return (
    wanted.length === given.length &&
    wanted.every((segment, at) => (segment.startsWith('{') ? given[at] !== '' : segment === given[at]))
  )
}

/** Both paths of an operation. */
export function pathsOf({ path, alsoAt }: Operation): readonly string[] {
  return alsoAt === undefined ? [path] : [path, alsoAt]
}

/** How many segments of a template are parameters: a path that is spelt out comes before one that is not. */
function parameters(template: string): number {
  return template.split('/').filter((segment) => segment.startsWith('{')).length
}

function templateAt({ operations }: ServiceContract, path: string): string | undefined {
  const templates = Object.values(operations).flatMap(pathsOf)
  const found = templates.filter((template) => matches(template, path))
  return found.sort((one, other) => parameters(one) - parameters(other))[0]
}

/** The operation of a request; HEAD is answered wherever GET is. */
export function findOperation(service: ServiceContract, method: string, path: string): Operation | undefined {
  const template = templateAt(service, path)
  const here = Object.values(service.operations).filter(
    (operation) => template !== undefined && pathsOf(operation).includes(template),
  )
  return (
    here.find((operation) => operation.method === method) ??
    (method === 'HEAD' ? here.find((operation) => operation.method === 'GET') : undefined)
  )
}

/** The methods that a path takes, for `Allow`; none where there is nothing at the path. */
export function methodsAt(service: ServiceContract, path: string): readonly Method[] {
  const template = templateAt(service, path)
  if (template === undefined) return []
  const methods = Object.values(service.operations)
    .filter((operation) => pathsOf(operation).includes(template))
    .map(({ method }) => method)
  return methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods
}
