import type { Operation } from '@mtls-gateway/contract'
import { Body, Query } from '@nestjs/common'
import { boundedList, type StandardSchema } from '../body/bounded-list.ts'
import { checkedInTurns } from '../body/checked-in-turns.ts'

/** The JSON body of an operation, validated by its schema. */
export function BodyOf(operation: Operation): ParameterDecorator {
  return Body({ schema: bodySchema(operation) })
}

/** The query of an operation, validated by its schema. */
export function QueryOf({ id, query }: Operation): ParameterDecorator {
  if (!query) throw new TypeError(`${id} has no query`)
  return Query({ schema: query })
}

/** The schema of an operation's JSON body. */
export function bodySchema({ id, body }: Operation): StandardSchema {
  const schema = body?.checkedAs ?? body?.json
  if (!schema) throw new TypeError(`${id} has no JSON body`)
  return body?.list ? boundedList(body.list, checkedInTurns(schema)) : schema
}
