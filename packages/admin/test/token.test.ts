import { describe, expect, it } from '@jest/globals'
import { mtlsAdmin } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const DATA_DIR = temporaryDirectory()

/** The claims of a token. */
function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

describe('mtls-admin token', () => {
  it('makes a token for the accounts, scopes and time that it is told', async () => {
    const words = ['--account', 'le123', '--account', 'le124', '--scope', 'mtls:read, mtls:write', '--expires-in', '60']
    const { exitCode, stdout, stderr } = await mtlsAdmin(['token', ...words], { DATA_DIR })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const claims = { accounts: ['le123', 'le124'], scope: 'mtls:read mtls:write', sub: 'cli' }
    expect(claimsOf(stdout)).toMatchObject(claims)
  })

  it.each([
    [[], /required option '--account <id>'/],
    [['--account', 'le123', '--scope', 'mtls:everything'], /It takes some of: .*mtls:read/],
    [['--account', 'le123', '--scope', 'mtls:read', '--expires-in', 'soon'], /whole number of seconds/],
  ])('refuses %j', async (words, message) => {
    const { exitCode, stdout, stderr } = await mtlsAdmin(['token', ...words], { DATA_DIR })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  it.each([
    { TOKEN_JWKS_URL: 'https://login.example/jwks', TOKEN_ISSUER: 'a', TOKEN_AUDIENCE: 'b' },
    // Any file that can be read: only services read what is in it.
    { TOKEN_ISSUERS_FILE: import.meta.filename },
  ])('makes none where tokens come from another issuer: %j', async (issuer) => {
    const words = ['token', '--account', 'le123', '--scope', 'mtls:read']
    const { exitCode, stderr } = await mtlsAdmin(words, { DATA_DIR, ...issuer })
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('the embedded one is off') })
  })
})
