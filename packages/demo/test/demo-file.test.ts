import { execFileSync } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type DemoFile, demoFilePath, readDemoFile, removeDemoFile, writeDemoFile } from '../src/demo-file.ts'
import { readyCommands } from '../src/ready-commands.ts'
import { repositoryRoot } from '../src/repository.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const demo: DemoFile = {
  configApi: 'http://127.0.0.1:8080',
  forwarderApi: 'http://127.0.0.1:8081',
  console: 'http://127.0.0.1:8090',
  accountId: 'le123',
  bearerToken: 'the-bearer-token',
  appKey: 'le123.key',
  appSecret: 'the-app-secret',
  serviceName: 'IDP',
  metrics: ['http://127.0.0.1:9080/metrics'],
  targetUrl: 'https://localhost:1234/demo',
  targetCa: 'PEM',
}

describe('the demo file', () => {
  it('is for its owner alone and leaves nothing else behind', async () => {
    const dataDir = await temporaryDirectory()
    await writeDemoFile(dataDir, demo)
    expect((await stat(demoFilePath(dataDir))).mode & 0o777).toBe(0o600)
    expect(await readdir(dataDir)).toEqual(['demo.json'])
    expect(JSON.parse(await readFile(demoFilePath(dataDir), 'utf8'))).toEqual(demo)
  })

  it('takes the place of an older one', async () => {
    const dataDir = await temporaryDirectory()
    await writeDemoFile(dataDir, { ...demo, appKey: 'old' })
    await writeDemoFile(dataDir, demo)
    expect(await readDemoFile(dataDir)).toEqual(demo)
  })

  it('is removed only by the demo that wrote it', async () => {
    const dataDir = await temporaryDirectory()
    await writeDemoFile(dataDir, demo)
    await removeDemoFile(dataDir, { ...demo, appKey: 'another' })
    expect(await readDemoFile(dataDir)).toEqual(demo)
    await removeDemoFile(dataDir, demo)
    expect(await readDemoFile(dataDir)).toBeUndefined()
    await expect(removeDemoFile(dataDir, demo)).resolves.toBeUndefined()
  })
})

describe('the ready-to-paste commands', () => {
  const commandsFor = (dataDir: string) =>
    readyCommands({
      demo,
      dataDir,
      link: 'http://127.0.0.1:8090/invitation#code=c',
      services: [{ name: 'config-api', logFile: join(dataDir, 'config-api.log') }],
    })

  it('show no credential, and read the token from the file when they run', async () => {
    const dataDir = join(await temporaryDirectory(), "it's here")
    const text = commandsFor(dataDir)
    expect(text).toMatch(/\nhttp:\/\/127\.0\.0\.1:8090\/invitation#code=c$/)
    for (const secret of [demo.bearerToken, demo.appSecret]) expect(text).not.toContain(secret)
    execFileSync('mkdir', [dataDir])
    await writeDemoFile(dataDir, demo)
    const curl = text.split('\n').find((line) => line.includes('curl')) ?? ''
    const printed = execFileSync('sh', ['-c', curl.replace('curl', 'printf "%s\\n"')], { encoding: 'utf8' })
    expect(printed.split('\n')).toContain('Authorization: Bearer the-bearer-token')
    expect(printed).toContain('http://127.0.0.1:8080/mtls/account/le123/certificates')
  })

  it('name the data directory only where it is not the usual one', () => {
    expect(commandsFor(join(repositoryRoot, '.data'))).toContain('  npm run call -- --url https://localhost:1234/demo')
    expect(commandsFor(join(repositoryRoot, '.data'))).toContain('require("./.data/demo.json")')
    expect(commandsFor(join(repositoryRoot, '.data'))).toContain('\n  npx mtls login --from .data/demo.json\n')
    expect(commandsFor('/elsewhere')).toContain('\n  npx mtls login --from /elsewhere/demo.json\n')
    expect(commandsFor("/it's here")).toContain("\n  npx mtls login --from '/it'\\''s here/demo.json'\n")
    expect(commandsFor('/elsewhere')).toContain("  DATA_DIR='/elsewhere' npm run call -- --url ")
    expect(commandsFor('/elsewhere')).toContain('/elsewhere/config-api.log')
  })

  it('end with the link, on a line of its own', () => {
    const end = '\nOpen the console. The link works once, within ten minutes:\nhttp://127.0.0.1:8090/invitation#code=c'
    expect(commandsFor('/elsewhere').endsWith(end)).toBe(true)
  })
})
