/** A progress bar on standard error; a line per tenth where it is no terminal. */

const WIDTH = 30;

export class Progress {
	readonly #label: string;
	readonly #total: number;
	#shown = -1;

	constructor(label: string, total: number) {
		this.#label = label;
		this.#total = Math.max(1, total);
		this.update(0);
	}

	update(done: number): void {
		const share = Math.min(1, done / this.#total);
		const tenth = Math.floor(share * (process.stderr.isTTY ? 100 : 10));
		if (tenth === this.#shown) return;
		this.#shown = tenth;
		const percent = `${Math.floor(share * 100)}`.padStart(3);
		if (process.stderr.isTTY) process.stderr.write(`\r${this.#label} [${'#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.')}] ${percent} %`);
		else process.stderr.write(`${this.#label} ${percent} %\n`);
	}

	end(): void {
		this.update(this.#total);
		if (process.stderr.isTTY) process.stderr.write('\n');
	}
}
