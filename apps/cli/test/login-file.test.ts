import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loginFilePath, readLogin, writeLogin } from '../src/settings/login-file.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('the login file', () => {
  it('is in the configuration directory of the user', () => {
    expect(loginFilePath({ XDG_CONFIG_HOME: '/config' })).toBe('/config/mtls-gateway/login.json')
    expect(loginFilePath({ XDG_CONFIG_HOME: '' })).toMatch(/\/\.config\/mtls-gateway\/login\.json$/)
  })

  it('can be read by its owner alone, also where one was there that others could read', async () => {
    const path = loginFilePath({ XDG_CONFIG_HOME: await temporaryDirectory() })
    await writeLogin(path, { token: 'one' })
    expect([await modeOf(dirname(path)), await modeOf(path)]).toEqual([0o700, 0o600])
    await chmod(path, 0o644)
    await writeLogin(path, { token: 'two' })
    expect(await modeOf(path)).toBe(0o600)
    expect(await readLogin(path)).toEqual({ token: 'two' })
    expect(await readdir(dirname(path))).toEqual(['login.json'])
  })

  it('is empty where nobody has logged in', async () => {
    expect(await readLogin(join(await temporaryDirectory(), 'none'))).toEqual({})
  })

  it('that is damaged is not shown', async () => {
    const path = join(await temporaryDirectory(), 'login.json')
    await writeFile(path, '{"token":"the-secret')
    const failure = await readLogin(path).catch((error: Error) => error)
    expect(failure).toMatchObject({ message: `${path} is damaged. Log in again: mtls login.`, exitCode: 2 })
  })

  it('that can not be written is told of', async () => {
    const path = join(await temporaryDirectory(), 'login.json')
    await mkdir(path)
    await expect(writeLogin(path, {})).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(path) })
    expect(await readdir(dirname(path))).toEqual(['login.json'])
  })
})
