import type { LookupAddress } from 'node:dns'
import type { BlockList } from 'node:net'

/** How many addresses of a name are kept and tried. */
const most = 16
/** The most addresses of each family that are looked at; a name may have more. */
const lookedAt = 64

/**
 * The addresses of a name that may be connected to, and no more than are worth a try. Whoever owns the name chooses how
 * many it has: an answer of DNS holds 4,090, each of which Node would try in turn, and where the guard refuses them all
 * it calls itself for each one, until its stack is full and the process ends.
 */
export function reachableAddresses(found: readonly LookupAddress[], refused: BlockList): readonly LookupAddress[] {
  const four = allowedOf(found, 4, refused)
  const six = allowedOf(found, 6, refused)
  // Half of them each, or more where the other family has fewer.
  const ofSix = six.slice(0, Math.max(most / 2, most - four.length))
  const ofFour = four.slice(0, most - ofSix.length)
  return found[0]?.family === 6 ? [...ofSix, ...ofFour] : [...ofFour, ...ofSix]
}

function allowedOf(found: readonly LookupAddress[], family: 4 | 6, refused: BlockList): readonly LookupAddress[] {
  const allowed: LookupAddress[] = []
  let seen = 0
  for (const each of found) {
    if (each.family !== family) continue
    if (!refused.check(each.address, family === 4 ? 'ipv4' : 'ipv6')) allowed.push(each)
    seen += 1
    if (seen === lookedAt || allowed.length === most) break
  }
  return allowed
}

/** A name has addresses, and none that may be connected to: with the code by which Node refuses a single one. */
export class AddressRefusal extends Error {
  override readonly name = 'AddressRefusal'
  readonly code = 'ERR_IP_BLOCKED'

  constructor(hostname: string) {
    super(`no address of ${hostname} may be connected to`)
  }
}
