import { EventEmitter } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { isPromise } from '@mtls-gateway/event-loop'
import { type Connected, ConnectionAttempt, type ConnectionOptions } from './connection-attempt.ts'
import type { AccountPlaces, ConnectionPlace } from './connection-places.ts'
import type { OpeningTimes } from './opening-times.ts'

/** @param times undefined if it was refused before it began */
type Opened = (error: Error | null, socket: TLSSocket | null, times?: OpeningTimes) => void

/** Opens a connection. The callback is not called before it returns. */
export type Connect = (hostname: string, port: number, done: Opened) => ConnectionOnItsWay

export interface ConnectionOnItsWay {
  /** Ends the attempt; it fails with the error. */
  cancel(error: Error): void
  /** Ends it if it still waits for a place, and nobody is told. @returns whether it did */
  withdraw(): boolean
}

/** Opens the connections of one identity. */
export function createConnector(options: ConnectionOptions, places?: AccountPlaces): Connect {
  return (hostname, port, done) => {
    const open = (ended: Connected) => new ConnectionAttempt(options, hostname, port, ended)
    if (places !== undefined) return new PlacedConnection(places, open, done).start()
    const attempt = open(done)
    attempt.start()
    return { cancel: (error) => attempt.cancel(error), withdraw: () => false }
  }
}

/** A connection that has a place among those of its account, from before it is opened until it has closed. */
class PlacedConnection implements ConnectionOnItsWay {
  readonly #places: AccountPlaces
  readonly #open: (done: Connected) => ConnectionAttempt
  readonly #until = new EventEmitter<{ close: [] }>()
  #done: Opened | undefined
  #attempt: ConnectionAttempt | undefined

  constructor(places: AccountPlaces, open: (done: Connected) => ConnectionAttempt, done: Opened) {
    this.#places = places
    this.#open = open
    this.#done = done
  }

  start(): this {
    try {
      const place = this.#places.take(this.#until)
      if (isPromise(place)) place.then(this.#begin, this.#refuse)
      else this.#begin(place)
    } catch (error) {
      // Only errors are thrown here. Whoever asked is told when it knows of this attempt.
      process.nextTick(() => this.#refuse(error as Error))
    }
    return this
  }

  withdraw(): boolean {
    if (this.#attempt !== undefined) return false
    this.#done = undefined
    this.#until.emit('close')
    return true
  }

  cancel(error: Error): void {
    if (this.#attempt !== undefined) this.#attempt.cancel(error)
    else this.#refuse(error)
    this.#until.emit('close')
  }

  readonly #begin = (place: ConnectionPlace): void => {
    const done = this.#done
    if (done === undefined) {
      place.release()
      return
    }
    this.#attempt = this.#open((error, socket, times) => {
      this.#done = undefined
      if (socket === null) place.release()
      else {
        place.noteOpen(socket, this.#attempt?.handshakeBytes ?? 0)
        releaseWhenClosed(socket, place)
      }
      done(error, socket, times)
    })
    this.#attempt.start()
  }

  readonly #refuse = (error: Error): void => {
    this.#done?.(error, null)
    this.#done = undefined
  }
}

function releaseWhenClosed(socket: TLSSocket, place: ConnectionPlace): void {
  if (socket.destroyed) place.release()
  else socket.once('close', () => place.release())
}
