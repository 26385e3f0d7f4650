import { TimeSlices } from './time-slices.ts'

interface Flight<Value> {
  readonly value: Promise<Value>
  /** The read after this one, for all who ask meanwhile. */
  next: Promise<Value> | undefined
}

/**
 * Reads of what must be as new as the question: whoever asks while one is under way shares the one after it. So however
 * many ask for the same at once, it is in memory twice and takes two turns. Each of them then works on it in a separate
 * turn of the event loop.
 */
export class SharedReads<Key, Value> {
  readonly #read: (key: Key) => Promise<Value>
  readonly #flights = new Map<Key, Flight<Value>>()
  readonly #turns = new TimeSlices()

  constructor(read: (key: Key) => Promise<Value>) {
    this.#read = read
  }

  get(key: Key): Promise<Value> {
    const flight = this.#flights.get(key)
    if (flight === undefined) return this.#start(key)
    const start = () => this.#start(key)
    flight.next ??= flight.value.then(start, start)
    return this.#inTurn(flight.next)
  }

  async #inTurn(value: Promise<Value>): Promise<Value> {
    const shared = await value
    await this.#turns.next()
    return shared
  }

  #start(key: Key): Promise<Value> {
    const flight: Flight<Value> = { value: this.#read(key), next: undefined }
    this.#flights.set(key, flight)
    const land = () => {
      if (flight.next === undefined) this.#flights.delete(key)
    }
    flight.value.then(land, land)
    return flight.value
  }
}
