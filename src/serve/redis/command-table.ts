/** The commands that are served, found by the bytes of their names. */
import { Command, type CommandSet } from './command.ts';
import { COMMAND_FACTS } from './command-facts.ts';
import type { Request } from './request.ts';

const SLOTS = 2048;

export class CommandTable {
	readonly #slots: Command[][];
	readonly #byName: Map<string, Command>;

	constructor(sets: readonly CommandSet[]) {
		this.#slots = Array.from({ length: SLOTS }, () => []);
		this.#byName = new Map();
		for (const set of sets) {
			for (const [name, definition] of Object.entries(set)) {
				const facts = COMMAND_FACTS.get(name);
				if (facts === undefined) throw new TypeError(`there are no facts of the command ${name}`);
				const command = new Command(facts, definition);
				this.#byName.set(name, command);
				const bytes = Buffer.from(name);
				this.#slots[slotOf(bytes, 0, bytes.length)]!.push(command);
			}
		}
	}

	get all(): readonly Command[] {
		return [...this.#byName.values()];
	}

	/** The command that a request names. */
	find(request: Request): Command | undefined {
		const { bytes } = request;
		const start = request.starts[0]!;
		const end = request.ends[0]!;
		const slot = this.#slots[slotOf(bytes, start, end)]!;
		for (let i = 0; i < slot.length; i++) if (isNamed(slot[i]!, bytes, start, end)) return slot[i];
		return undefined;
	}

	named(name: string): Command | undefined {
		return this.#byName.get(name.toLowerCase());
	}
}

/** The same for `GET` and `get`; bytes that are no letters do not matter here, the name is compared afterwards. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
	let hash = end - start;
	for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at]! | 0x20)) | 0;
	return (hash ^ (hash >>> 11)) & (SLOTS - 1);
}

function isNamed(command: Command, bytes: Uint8Array, start: number, end: number): boolean {
	const { name } = command;
	if (name.length !== end - start) return false;
	for (let i = 0; i < name.length; i++) {
		const byte = bytes[start + i]!;
		if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== name.charCodeAt(i)) return false;
	}
	return true;
}
