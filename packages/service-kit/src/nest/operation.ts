import {
  type Operation as ContractOperation,
  methodsAt,
  pathsOf,
  type RequestBody,
  type ServiceContract,
} from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { applyDecorators, Body, HttpCode, Query, RequestMapping, RequestMethod } from '@nestjs/common'
import { RouteConfig } from '@nestjs/platform-fastify'
import type { z } from 'zod'

/** Binds a handler to an operation: its paths and method, its credentials and its status. */
export function Operation(operation: ContractOperation): MethodDecorator {
  const { method, credentials, answers } = operation
  return applyDecorators(
    RequestMapping({ path: pathsOf(operation).map(routeOf), method: RequestMethod[method] }),
    HttpCode(Math.min(...Object.keys(answers).map(Number))),
    // Parts of the route, so that they are known before Nest has a request.
    RouteConfig({ credentials, leavesBody: readsBodyItself(operation) }),
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

/** The JSON body of an operation, validated by its schema. */
export function BodyOf(operation: ContractOperation): ParameterDecorator {
  return Body({ schema: bodySchema(operation) })
}

/** The query of an operation, validated by its schema. */
export function QueryOf({ id, query }: ContractOperation): ParameterDecorator {
  if (!query) throw new TypeError(`${id} has no query`)
  return Query({ schema: query })
}

/** A schema for Nest's pipe. */
type StandardSchema = Pick<z.ZodType, '~standard'>

export function bodySchema({ id, body }: ContractOperation): StandardSchema {
  const schema = body?.checkedAs ?? body?.json
  if (!schema) throw new TypeError(`${id} has no JSON body`)
  return body?.list ? checkedList(body.list, schema) : schema
}

/**
 * A list whose length is checked before its entries: a body of 8 MiB can hold four million, and reporting an error for
 * each would take gigabytes. Validation throws CodedError `LIMIT_EXCEEDED` naming the list and its limit.
 */
export function checkedList({ of, limit }: NonNullable<RequestBody['list']>, schema: StandardSchema): StandardSchema {
  const standard = schema['~standard']
  const validate: typeof standard.validate = (value, options) => {
    if (Array.isArray(value) && value.length > limit) throw limitExceeded(of, limit, 'entries a request')
    return standard.validate(value, options)
  }
  return { '~standard': { ...standard, validate } }
}

/** Routes that match paths which the contract spells out: to look whether one was meant is a tenth of a refusal. */
export function overlappingRoutes(contract: ServiceContract): ReadonlySet<string> {
  const paths = [...new Set(Object.values(contract.operations).flatMap(pathsOf))].map((path) => path.split('/'))
  const isMatchedBy = (path: readonly string[], other: readonly string[]) =>
    path.length === other.length && path.every((segment, at) => segment.startsWith('{') || segment === other[at])
  const overlapping = paths.filter((path) => paths.some((other) => other !== path && isMatchedBy(path, other)))
  return new Set(overlapping.map((path) => routeOf(path.join('/'))))
}

/**
 * `METHOD_NOT_ALLOWED` with the allowed methods, if there is a resource at the path, but not for this method. The
 * router would take `DELETE /certificates/csr` for a certificate with the id `csr`.
 */
export function methodRefusal(contract: ServiceContract, method: string, path: string): CodedError | undefined {
  const allowed: readonly string[] = methodsAt(contract, path)
  if (allowed.length === 0 || allowed.includes(method)) return undefined
  const message = `There is no ${method} at this path. Use ${allowed.join(', ')}.`
  return new CodedError('METHOD_NOT_ALLOWED', message, { details: { allowed } })
}
