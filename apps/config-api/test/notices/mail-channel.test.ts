import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { type MailServer, startMailServer, withTools } from '@mtls-gateway/test-kit'
import type { MailSettings } from '../../src/configuration/mail-settings.ts'
import { MailChannel } from '../../src/notices/mail-channel.ts'
import type { NoticeEvent } from '../../src/notices/notice-event.ts'

const accountId = parseAccountId('le123')
const directory = mkdtempSync(join(tmpdir(), 'mail-channel-'))
const passwordFile = join(directory, 'password')
const from = 'gateway@mtls.example'
const to = 'ops@bank.example'
const signal = new AbortController().signal
const event: NoticeEvent = { type: 'plan.failed', id: 'f1', accountId, data: {}, sentence: 'A sentence.' }

const channel = (settings: Partial<MailSettings>) =>
  new MailChannel({ smtpFrom: from, smtpUrl: undefined, smtpPasswordFile: undefined, smtpTls: 'required', ...settings })

afterAll(() => rmSync(directory, { recursive: true }))

withTools(describe, 'Mailpit')('mail', () => {
  let mail: MailServer
  let strict: MailServer

  beforeAll(async () => {
    mail = await startMailServer()
    const users = join(directory, 'users')
    writeFileSync(users, 'gateway:second')
    strict = await startMailServer({ args: ['--smtp-auth-file', users, '--smtp-auth-allow-insecure'] })
  })

  afterAll(async () => {
    await mail?.stop()
    await strict?.stop()
  })

  it('is not sent without TLS, unless the settings say so', async () => {
    const smtpUrl = `smtp://127.0.0.1:${mail.port}`
    const refused = await channel({ smtpUrl }).test({ accountId, to })
    expect(refused).toMatchObject({ delivered: false, explanation: expect.stringContaining('TLS') })
    expect(await mail.received()).toEqual([])
    expect(await channel({ smtpUrl, smtpTls: 'plain' }).test({ accountId, to })).toMatchObject({ delivered: true })
    expect(await mail.received()).toMatchObject([{ from, to: [to] }])
  })

  it('reads the password again for each delivery, and shows it nowhere', async () => {
    writeFileSync(passwordFile, 'firstpassword\n')
    const smtpUrl = `smtp://gateway@127.0.0.1:${strict.port}`
    const sender = channel({ smtpUrl, smtpTls: 'plain', smtpPasswordFile: passwordFile })
    const refused = await sender.test({ accountId, to })
    expect(refused).toMatchObject({ delivered: false, explanation: expect.stringContaining('SMTP_PASSWORD_FILE') })
    expect(JSON.stringify(refused)).not.toContain('firstpassword')
    writeFileSync(passwordFile, 'second\n')
    expect(await sender.test({ accountId, to })).toMatchObject({ delivered: true })
  })

  it('is one message for all events, and each is told of', async () => {
    const sender = channel({ smtpUrl: `smtp://127.0.0.1:${mail.port}`, smtpTls: 'plain' })
    const events = [event, { ...event, id: 'f2', sentence: 'Another.' }]
    expect(await sender.send({ accountId, to: 'both@bank.example' }, events, signal)).toEqual(events)
    const received = (await mail.received()).filter((each) => each.to.includes('both@bank.example'))
    expect(received).toMatchObject([{ subject: 'mTLS gateway, account le123: 2 renewals failed' }])
    expect(received[0]?.text).toMatch(/A sentence\.\s+Another\./)
  })
})

describe('a mail server that is not one', () => {
  let server: Server
  const sockets = new Set<Socket>()
  let answer: (socket: Socket) => void = () => {}
  let smtpUrl: string

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      answer(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    smtpUrl = `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  })

  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  it('is left alone for a minute after it has failed: nobody waits for it again and again', async () => {
    answer = (socket) => void socket.end('not smtp\r\n')
    const sender = channel({ smtpUrl, smtpTls: 'plain' })
    await expect(sender.send({ accountId, to }, [event], signal)).rejects.toThrow(/was not delivered/)
    const before = sockets.size
    await expect(sender.send({ accountId, to }, [event], signal)).rejects.toThrow(/failed a moment ago/)
    expect(sockets.size).toBe(before)
  })

  it('that is silent ends with whoever waits for it', async () => {
    answer = () => {}
    const sender = channel({ smtpUrl, smtpTls: 'plain' })
    const startedAt = Date.now()
    await expect(sender.send({ accountId, to }, [event], AbortSignal.timeout(300))).rejects.toThrow(/ETIMEDOUT/)
    expect(Date.now() - startedAt).toBeLessThan(8_000)
  })

  it('is told apart from an address that is refused', async () => {
    answer = (socket) => {
      socket.write('220 ready\r\n')
      socket.setEncoding('utf8').on('data', (line: string) => {
        socket.write(line.startsWith('RCPT') ? `550 no mailbox of ${to}\r\n` : '250 fine\r\n')
      })
    }
    const sender = channel({ smtpUrl, smtpTls: 'plain' })
    const refused = sender.send({ accountId, to }, [event], signal)
    await expect(refused).rejects.toThrow('the mail was not delivered: EENVELOPE 550')
    expect(await sender.test({ accountId, to })).toEqual({
      delivered: false,
      status: 550,
      code: null,
      explanation: 'The mail server refused the mail (550). Check the address.',
    })
    await expect(sender.send({ accountId, to }, [event], signal)).rejects.toThrow('550')
  })

  it('is not there', async () => {
    const gone = await channel({ smtpUrl: 'smtp://127.0.0.1:1', smtpTls: 'plain' }).test({ accountId, to })
    expect(gone).toMatchObject({ delivered: false, status: null, code: expect.any(String) })
    expect(gone.explanation).toContain('SMTP_URL')
  })

  it('is not configured', async () => {
    await expect(channel({}).test({ accountId, to })).rejects.toMatchObject({ code: 'MAIL_NOT_CONFIGURED' })
  })
})
