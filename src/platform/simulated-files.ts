/** Files on a `SimulatedDisk`: the calls of `files.ts`, each of which may be the one that meets a fault or the end of the power. */
import { IoError } from './errors.ts';
import type { FileHandle, FileSystem, OpenMode } from './files.ts';
import { Inode, SECTOR_BYTES, SimulatedCrash, type SimulatedDisk, type SyncInFlight } from './simulated-disk.ts';

export class SimulatedFileHandle implements FileHandle {
	readonly path: string;
	readonly descriptor = -1;
	readonly #disk: SimulatedDisk;
	readonly #inode: Inode;
	readonly #mode: OpenMode;
	readonly #generation: number;
	#isClosed = false;

	constructor(disk: SimulatedDisk, inode: Inode, path: string, mode: OpenMode) {
		this.path = path;
		this.#disk = disk;
		this.#inode = inode;
		this.#mode = mode;
		this.#generation = disk.generation;
	}

	read(into: Uint8Array, start: number, count: number, position: number): number {
		this.#check();
		if (start + count > into.length) throw new RangeError(`${count} bytes do not fit at ${start} of ${into.length}`);
		const inode = this.#inode;
		const got = Math.max(0, Math.min(count, inode.length - position));
		if (got > 0) into.set(inode.cache.subarray(position, position + got), start);
		return got;
	}

	write(from: Uint8Array, start: number, count: number, position: number): void {
		this.#checkWritable();
		if (start + count > from.length) throw new RangeError(`there are no ${count} bytes at ${start} of ${from.length}`);
		const disk = this.#disk;
		const inode = this.#inode;
		const fails = disk.operate(this.path);
		const written = fails ? this.#partOf(count) : count;
		const end = position + written;
		if (end > inode.length) disk.setLength(inode, this.path, end);
		inode.cache.set(start === 0 && written === from.length ? from : from.subarray(start, start + written), position);
		inode.markDirty(position, end);
		if (fails) throw disk.powerFails();
		disk.writeBack(inode);
	}

	syncData(): void {
		this.endSync(this.beginSync('data'), false);
	}

	sync(): void {
		this.endSync(this.beginSync('file'), true);
	}

	/** The first half of a sync: what is written after it is not covered. */
	beginSync(kind: 'data' | 'file'): SyncInFlight {
		this.#check();
		const disk = this.#disk;
		const inode = this.#inode;
		if (disk.swallowSync?.(this.path, kind) === true) return disk.noSync(inode);
		try {
			if (disk.operate(this.path)) throw disk.powerFails();
		} catch (error) {
			if (!(error instanceof SimulatedCrash)) inode.dirty.clear();
			throw error;
		}
		return disk.beginSync(inode);
	}

	/** The second half: the caller may rely on it once this has returned. */
	endSync(sync: SyncInFlight, isMetadata: boolean): void {
		this.#check();
		this.#disk.endSync(sync, this.path, isMetadata);
	}

	allocate(bytes: number): void {
		this.#checkWritable();
		const inode = this.#inode;
		if (this.#disk.operate(this.path)) throw this.#disk.powerFails();
		const before = inode.length;
		if (bytes <= before) return;
		this.#disk.setLength(inode, this.path, bytes);
		this.#disk.fillStale(inode, before, bytes);
	}

	truncate(bytes: number): void {
		this.#checkWritable();
		if (this.#disk.operate(this.path)) throw this.#disk.powerFails();
		this.#disk.setLength(this.#inode, this.path, bytes);
	}

	bytes(): number {
		this.#check();
		return this.#inode.length;
	}

	close(): void {
		this.#isClosed = true;
	}

	/** How much of a write reaches the cache before the power fails: whole sectors, as the platters tear. */
	#partOf(count: number): number {
		const sectors = Math.floor(count / SECTOR_BYTES);
		return Math.min(count, this.#disk.random.between(0, sectors) * SECTOR_BYTES);
	}

	#check(): void {
		if (this.#generation !== this.#disk.generation) throw new SimulatedCrash();
		if (this.#isClosed) throw new IoError('io', `"${this.path}" is closed: EBADF (simulated)`, { sqlstate: '58030' });
	}

	#checkWritable(): void {
		this.#check();
		if (this.#mode === 'read') throw new IoError('io', `"${this.path}" is open for reading only: EBADF (simulated)`, { sqlstate: '58030' });
	}
}

export class SimulatedFileSystem implements FileSystem {
	readonly #disk: SimulatedDisk;
	readonly #generation: number;

	constructor(disk: SimulatedDisk) {
		this.#disk = disk;
		this.#generation = disk.generation;
	}

	open(path: string, mode: OpenMode): SimulatedFileHandle {
		this.#check();
		const entry = this.#disk.entry(path);
		if (entry === 'directory') throw refused('open', path, 'EISDIR');
		if (mode !== 'create') {
			if (entry === undefined) throw refused('open', path, 'ENOENT');
			return new SimulatedFileHandle(this.#disk, entry, path, mode);
		}
		if (entry !== undefined) throw refused('create', path, 'EEXIST');
		const parent = this.#parent('create', path);
		const inode = new Inode();
		this.#change(path, () => this.#disk.link(parent, path, inode));
		return new SimulatedFileHandle(this.#disk, inode, path, mode);
	}

	exists(path: string): boolean {
		this.#check();
		return this.#disk.entry(path) !== undefined;
	}

	list(directory: string): string[] {
		this.#check();
		if (this.#disk.entry(directory) !== 'directory') throw refused('list', directory, 'ENOENT');
		const prefix = directory === '/' ? '/' : `${directory}/`;
		const names: string[] = [];
		for (const path of this.#disk.paths())
			if (path.length > prefix.length && path.startsWith(prefix) && !path.includes('/', prefix.length)) names.push(path.slice(prefix.length));
		return names;
	}

	makeDirectory(path: string): void {
		this.#check();
		if (this.#disk.entry(path) !== undefined) throw refused('make directory', path, 'EEXIST');
		const parent = this.#parent('make directory', path);
		this.#change(path, () => this.#disk.link(parent, path, 'directory'));
	}

	rename(from: string, to: string): void {
		this.#check();
		const entry = this.#disk.entry(from);
		if (entry === undefined) throw refused('rename', from, 'ENOENT');
		if (entry === 'directory') throw refused('rename', from, 'EISDIR');
		if (this.#parent('rename', from) !== this.#parent('rename', to)) throw refused('rename', from, 'EXDEV');
		this.#change(from, () => this.#disk.relink(this.#parent('rename', to), from, to));
	}

	remove(path: string): void {
		this.#check();
		const entry = this.#disk.entry(path);
		if (entry === undefined) throw refused('remove', path, 'ENOENT');
		if (entry === 'directory' && this.list(path).length > 0) throw refused('remove', path, 'ENOTEMPTY');
		this.#change(path, () => this.#disk.unlink(this.#parent('remove', path), path));
	}

	syncDirectory(path: string): void {
		this.#check();
		if (this.#disk.entry(path) !== 'directory') throw refused('sync directory', path, 'ENOENT');
		if (this.#disk.swallowSync?.(path, 'directory') === true) return;
		if (this.#disk.operate(path)) throw this.#disk.powerFails();
		this.#disk.syncNames(path);
	}

	/** A change of names happens as a whole, before or after the power fails. */
	#change(path: string, change: () => void): void {
		const fails = this.#disk.operate(path);
		if (!fails || this.#disk.random.chance(0.5)) change();
		if (fails) throw this.#disk.powerFails();
	}

	#parent(action: string, path: string): string {
		const cut = path.lastIndexOf('/');
		const parent = cut <= 0 ? '/' : path.slice(0, cut);
		if (this.#disk.entry(parent) !== 'directory') throw refused(action, path, 'ENOENT');
		return parent;
	}

	#check(): void {
		if (this.#generation !== this.#disk.generation) throw new SimulatedCrash();
	}
}

function refused(action: string, path: string, code: string): IoError {
	return new IoError('io', `cannot ${action} "${path}": ${code} (simulated)`, { sqlstate: code === 'ENOENT' ? '58P01' : '58030' });
}
