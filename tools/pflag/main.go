// Says what pflag reads of arguments: the judge of our own reading.
//
// Each line of the input is a JSON object with the flags that there are and with lists of
// arguments; each line of the output has for each list what was set, in order, the names, and
// the error, if there is one.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"strconv"

	"github.com/spf13/pflag"
)

type flag struct {
	Name, Short, Type, Alone string
}

type question struct {
	Flags []flag
	Argvs [][]string
}

type answer struct {
	Set   [][2]string
	Names []string
	Error string
}

// optional is velero's OptionalBool (pkg/cmd/util/flag/optional_bool.go).
type optional struct{}

func (optional) String() string { return "" }

func (optional) Type() string { return "optionalBool" }

func (optional) Set(value string) error {
	if value == "" {
		return nil
	}
	_, err := strconv.ParseBool(value)
	return err
}

func read(flags []flag, argv []string) answer {
	set := pflag.NewFlagSet("velero", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, each := range flags {
		switch each.Type {
		case "bool":
			set.BoolP(each.Name, each.Short, false, "")
		case "optionalBool":
			set.VarP(optional{}, each.Name, each.Short, "")
			set.Lookup(each.Name).NoOptDefVal = each.Alone
		default:
			set.StringP(each.Name, each.Short, "", "")
		}
	}
	found := answer{Set: [][2]string{}}
	err := set.ParseAll(argv, func(flag *pflag.Flag, value string) error {
		found.Set = append(found.Set, [2]string{flag.Name, value})
		return set.Set(flag.Name, value)
	})
	if err != nil {
		found.Error = err.Error()
	}
	found.Names = set.Args()
	return found
}

func main() {
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		found := []answer{}
		for _, argv := range asked.Argvs {
			found = append(found, read(asked.Flags, argv))
		}
		if err := answers.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}
