import { type QueryKey, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'

export interface ChangeOptions<Variables, Result> {
  /** Makes the change with a key that stays the same until it is made, so that a second try can't make it twice. */
  readonly change: (variables: Variables, idempotencyKey: string) => Promise<Result>
  /** What may look different afterwards: keys of queries, or how they begin. */
  readonly changes: readonly QueryKey[]
  readonly onDone?: (result: Result, variables: Variables) => void | Promise<void>
}

/** A change of the account. One intent has one `Idempotency-Key`, whether the button is pressed once or three times. */
export function useChange<Variables, Result>(
  options: ChangeOptions<Variables, Result>,
): UseMutationResult<Result, Error, Variables> {
  const queries = useQueryClient()
  const intent = useRef<{ variables: Variables; key: string }>(undefined)
  return useMutation({
    mutationFn: (variables: Variables) => {
      if (intent.current === undefined || !isSame(intent.current.variables, variables)) {
        intent.current = { variables, key: crypto.randomUUID() }
      }
      return options.change(variables, intent.current.key)
    },
    onSuccess: async (result, variables) => {
      intent.current = undefined
      await Promise.all(options.changes.map((queryKey) => queries.invalidateQueries({ queryKey })))
      await options.onDone?.(result, variables)
    },
  })
}

/** Files are compared by identity: they have no content as JSON. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Blob || b instanceof Blob) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}
