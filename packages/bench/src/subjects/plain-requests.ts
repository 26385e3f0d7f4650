import { requestHead } from '../load/request-head.ts'
import type { Call } from '../subject.ts'

/** For subjects that send on to their only target whatever comes: one request an identity, to be repeated. */
export function plainRequests({ path, identities, ...call }: Call, host: string): readonly string[] {
  return Array.from({ length: identities }, (_, identity) =>
    requestHead({ ...call, host, path: `/${identity}/${path}` }),
  )
}
