import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import type { ChangeNotice } from '../../src/port.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { dataDirectories } from '../data-directory.ts'
import { ChildInstance } from './child-instance.ts'

const newDirectory = dataDirectories()
const notice = (revision: number): ChangeNotice => ({
  account: parseAccountId('tenant-a'),
  revision,
  revoked: [`version-${revision}`],
})

describe('change notices between processes', () => {
  it('reach another process and this one, in the order of appending', async () => {
    const directory = newDirectory()
    const here = openEmbeddedCoordination({ directory, instance: 'config-api' })
    const there = await ChildInstance.open(directory, 'forwarder-api')
    const own = new RecordingListener()
    await here.changeFeed.follow(own)
    await there.follow()

    for (let revision = 1; revision <= 5; revision++) await here.changeFeed.append(notice(revision))
    await own.until(() => own.heard.length >= 5)
    await there.append(notice(6))
    await there.listener.until(() => there.listener.heard.length >= 6)
    await own.until(() => own.heard.length >= 6)

    const all = [1, 2, 3, 4, 5, 6].map(notice)
    expect(own.heard).toEqual(all)
    expect(there.listener.heard).toEqual(all)
    await there.stop()
    await here.close()
  })

  it('survive a writer that is killed right after appending', async () => {
    const directory = newDirectory()
    const here = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    const own = new RecordingListener()
    await here.changeFeed.follow(own)
    const writer = await ChildInstance.open(directory, 'config-api')
    await writer.append(notice(1))
    await writer.kill()
    await own.until(() => own.heard.length > 0)
    expect(own.heard).toEqual([notice(1)])
    await here.close()
  })

  it('all reach a listener once that throws at one of them', async () => {
    const directory = newDirectory()
    const here = openEmbeddedCoordination({ directory, instance: 'config-api' })
    const there = await ChildInstance.open(directory, 'forwarder-api')
    await there.follow({ throwAt: 2 })
    // Without a turn of the event loop in between, so that one read finds them all.
    await Promise.all([1, 2, 3].map((revision) => here.changeFeed.append(notice(revision))))
    await there.listener.until(() => there.listener.heard.length >= 3)
    expect(there.listener.heard).toEqual([1, 2, 3].map(notice))
    await there.stop()
    await here.close()
  })

  it('do not keep a process alive that follows them', async () => {
    const child = await ChildInstance.open(newDirectory(), 'forwarder-api')
    await child.follow()
    expect(await child.leave()).toBe(0)
  })
})
