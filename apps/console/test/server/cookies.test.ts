import { describe, expect, it } from '@jest/globals'
import { cookiesOf, fromPieces, toPieces } from '../../src/server/session/cookies.ts'
import { Seal } from '../../src/server/session/seal.ts'
import { type Session, sessionSchema } from '../../src/server/session/session.ts'
import { SessionCookie } from '../../src/server/session/session-cookie.ts'
import { sealingKeys } from '../../src/server/session/session-keys.ts'

const key = Buffer.alloc(32, 1).toString('base64')
const cookieWith = (keys: string, isSecure = true) =>
  new SessionCookie(new Seal(sealingKeys(keys).session, sessionSchema), { isSecure })
const cookie = cookieWith(key)

const session = (more: Partial<Session> = {}): Session => ({
  id: 'one',
  owner: 'ann',
  via: 'oidc',
  token: 'secret-token',
  tokenExpiresAt: null,
  endsAt: Date.now() + 3_600_000,
  ...more,
})
const nobody = { headers: {} }

/** As a browser keeps them. */
function kept(setCookies: readonly string[]) {
  const pairs = setCookies.filter((each) => !each.includes('Max-Age=0')).map((each) => each.split(';')[0])
  return { headers: { cookie: pairs.join('; ') } }
}

describe('the cookie of a session', () => {
  it('over TLS is bound to this host, and goes nowhere without TLS', async () => {
    const [only = '', ...more] = await cookie.write(nobody, session())
    expect(only).toMatch(/^__Host-mtls-session=1\.[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
    expect(more).toEqual([])
  })

  it('is kept by the browser for a week longer than the session lasts, to say that it has expired', async () => {
    const { endsAt } = session()
    const earliest = Date.now()
    const [only] = await cookie.write(nobody, session({ endsAt }))
    const latest = Date.now()
    const seconds = Number(/Max-Age=(\d+)/.exec(`${only}`)?.[1]) - 7 * 86_400
    expect(seconds).toBeLessThanOrEqual((endsAt - earliest) / 1_000)
    expect(seconds).toBeGreaterThan((endsAt - latest) / 1_000 - 1)
  })

  it('shows nothing of what is in it, not even twice the same', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => cookie.write(nobody, session())))
    expect(first).not.toEqual(second)
    expect(`${first}`).not.toContain('secret-token')
  })

  it('has as many pieces as it needs, of a size that browsers keep', async () => {
    const large = session({ token: 't'.repeat(3_000), refreshToken: 'r'.repeat(3_000) })
    const pieces = await cookie.write(nobody, large)
    expect(pieces.map((each) => each.split('=')[0])).toEqual([
      '__Host-mtls-session',
      '__Host-mtls-session-1',
      '__Host-mtls-session-2',
    ])
    expect(pieces.every((each) => each.length <= 4_096)).toBe(true)
    expect(await cookie.read(kept(pieces))).toEqual(large)
  })

  it('replaces a larger one whole', async () => {
    const large = kept(await cookie.write(nobody, session({ token: 't'.repeat(6_000) })))
    const small = await cookie.write(large, session())
    expect(small.slice(1)).toEqual([
      expect.stringMatching(/^__Host-mtls-session-1=;.*Max-Age=0/),
      expect.stringMatching(/^__Host-mtls-session-2=;.*Max-Age=0/),
    ])
    expect(cookie.clear(large)).toHaveLength(3)
    // A browser that has kept the others nevertheless.
    const both = { headers: { cookie: `${kept(small).headers.cookie}; __Host-mtls-session-1=left-behind` } }
    expect(await cookie.read(both)).toMatchObject({ token: 'secret-token' })
  })

  it('is refused where there is no room for it', async () => {
    const promise = cookie.write(nobody, session({ token: 't'.repeat(9_000) }))
    await expect(promise).rejects.toMatchObject({ code: 'SESSION_TOO_LARGE' })
  })

  it('is none if it has ended, was changed, misses a piece, or has another key', async () => {
    const ended = [{ endsAt: Date.now() - 1 }, { tokenExpiresAt: Date.now() - 1 }]
    for (const more of ended) expect(await cookie.read(kept(await cookie.write(nobody, session(more))))).toBeUndefined()
    const [piece = ''] = await cookie.write(nobody, session())
    const changed = piece.replace(/\.(.)/g, (_, letter) => `.${letter === 'A' ? 'B' : 'A'}`)
    expect(await cookie.read(kept([changed]))).toBeUndefined()
    const large = await cookie.write(nobody, session({ token: 't'.repeat(6_000) }))
    expect(await cookie.read(kept(large.toSpliced(1, 1)))).toBeUndefined()
    expect(await cookieWith(Buffer.alloc(32, 2).toString('base64')).read(kept([piece]))).toBeUndefined()
    expect(await cookieWith(key, false).read(kept([piece]))).toBeUndefined()
  })

  it('with a token that has expired lasts as long as the token can be renewed', async () => {
    const renewable = session({ tokenExpiresAt: Date.now() - 1, refreshToken: 'r' })
    expect(await cookie.read(kept(await cookie.write(nobody, renewable)))).toEqual(renewable)
  })
})

describe('pieces', () => {
  it('are of a number that is told by the first', () => {
    const text = 'x'.repeat(8_000)
    const cookies = new Map(toPieces('name', text))
    expect([...cookies.keys()]).toEqual(['name', 'name-1', 'name-2'])
    expect(fromPieces('name', cookies)).toBe(text)
    for (const first of ['', 'x', '0.x', '99.x', '2.', '1']) {
      expect(fromPieces('name', new Map([['name', first]]))).toBeUndefined()
    }
  })

  it('come from a header that anybody may have written', () => {
    const cookies = cookiesOf({ headers: { cookie: ' a=1;b = 2; =x; c; a=3; d=e=f ;;' } })
    expect(Object.fromEntries(cookies)).toEqual({ a: '1', b: '2', '': 'x', d: 'e=f' })
  })

  it('of another host of the domain never pass as those with the prefix', async () => {
    const stranger = kept(await cookie.write(nobody, session({ token: 'token-of-eve' }))).headers.cookie
    // What String.trim leaves out, as bytes of a header come. Browsers see no prefix, and let Domain pass.
    for (const space of ['\u00a0', '\u000b', '\u000c', '\ufeff', '\u2000']) {
      expect(await cookie.read({ headers: { cookie: `a=b; ${space}${stranger}` } })).toBeUndefined()
    }
  })
})
