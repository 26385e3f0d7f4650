import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { ChangeNotice, Coordination } from '../../src/port.ts'
import { RecordingListener } from './recording-listener.ts'

export function changeFeedContract(open: () => Promise<Coordination>): void {
  describe('change feed', () => {
    it('tells each instance what any of them appends, in the order of appending', async () => {
      const instances = [await open(), await open()]
      const listeners = await Promise.all(instances.map(listenTo))
      const notices = Array.from({ length: 20 }, (_, index) =>
        index % 3 === 0 ? { ...noticeOf(index + 1), epoch: `epoch ${index}` } : noticeOf(index + 1),
      )

      for (const [index, notice] of notices.entries()) await instances[index % 2]?.changeFeed.append(notice)

      for (const listener of listeners) {
        await listener.until(() => listener.heard.length >= notices.length)
        expect(listener.heard).toEqual(notices)
      }
    })

    it('shows what it has told, oldest first', async () => {
      const [writer, reader] = [await open(), await open()]
      const notices = Array.from({ length: 1_200 }, (_, index) => noticeOf(index + 1))
      const before = (await reader.changeFeed.recent()).length
      for (const notice of notices) await writer.changeFeed.append({ ...notice, epoch: 'e' })
      const recent = await reader.changeFeed.recent()
      expect(recent.slice(before)).toEqual(notices.map((notice) => ({ ...notice, epoch: 'e' })))
    })

    it('tells every follower of one instance', async () => {
      const instance = await open()
      const [one, other] = [await listenTo(instance), await listenTo(instance)]
      const notice = noticeOf(1)
      await instance.changeFeed.append(notice)
      await Promise.all([one.until(() => one.heard.length > 0), other.until(() => other.heard.length > 0)])
      expect([one.heard, other.heard]).toEqual([[notice], [notice]])
    })

    it('begins with the first notice after following began', async () => {
      const [writer, reader] = [await open(), await open()]
      await writer.changeFeed.append(noticeOf(1))
      const listener = await listenTo(reader)
      const notice = noticeOf(2)
      await writer.changeFeed.append(notice)
      await listener.until(() => listener.heard.length > 0)
      expect(listener.heard).toEqual([notice])
    })

    it('tells a listener nothing more once it has stopped', async () => {
      const instance = await open()
      const stopped = new RecordingListener()
      const following = await instance.changeFeed.follow(stopped)
      await following.stop()
      const witness = await listenTo(instance)
      await instance.changeFeed.append(noticeOf(1))
      await witness.until(() => witness.heard.length > 0)
      expect(stopped.heard).toEqual([])
    })

    it('carries many notices appended at once', async () => {
      const [writer, reader] = [await open(), await open()]
      const listener = await listenTo(reader)
      const notices = Array.from({ length: 1_200 }, (_, index) => noticeOf(index + 1))
      await Promise.all(notices.map((notice) => writer.changeFeed.append(notice)))
      await listener.until(() => listener.heard.length >= notices.length)
      expect(listener.heard).toEqual(notices)
    })
  })
}

async function listenTo(instance: Coordination): Promise<RecordingListener> {
  const listener = new RecordingListener()
  await instance.changeFeed.follow(listener)
  return listener
}

function noticeOf(revision: number): ChangeNotice {
  return { account: parseAccountId(`tenant-${randomUUID()}`), revision, revoked: [randomUUID(), `tenant.é"\n`] }
}
