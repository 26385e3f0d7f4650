/**
 * Prints how many bytes of the old generation are taken for each request whose token has been found, after many of
 * them. Each waits for a moment, as its token is verified then.
 */
import { setImmediate } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'
import { bearerToken } from '../../src/auth/bearer-token.ts'

const count = 20_000

async function request(): Promise<number> {
  const [headers, rest] = [{ authorization: 'Bearer some-token' }, new Array(100).fill(0)]
  const token = bearerToken(headers)
  await Promise.resolve()
  return token.length + rest.length
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

for (let made = 0; made < 1_000; made++) await request()
const before = oldBytes()
for (let made = 0; made < count; made++) {
  await request()
  if (made % 100 === 0) await setImmediate()
}
console.log((oldBytes() - before) / count)
