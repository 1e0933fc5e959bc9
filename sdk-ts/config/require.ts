import { Region } from "../types/enums";
import { region } from "./vars";

/** The region of the stack. It is an error if none is configured. */
export function requireRegion(): Region {
    if (region === undefined) {
        throw new Error("no region is configured; set one with `pulumi config set agentic:region us-east-1`");
    }
    return region as Region;
}
