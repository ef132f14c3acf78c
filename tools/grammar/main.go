// Command grammar judges values with the packages Velero itself uses.
//
// It reads lines of a kind, a tab and a JSON string, and answers each with "valid", or "invalid"
// and why; or, for the kind next, with a number. The other kinds are duration, schedule, namespace, resource, label-key and label-value. Tests
// compare the charm libraries' validators with it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/glob"
	cron "github.com/netresearch/go-cron"
	"github.com/vmware-tanzu/velero/pkg/util/collections"
	"k8s.io/apimachinery/pkg/util/validation"
)

func duration(text string) error {
	_, err := time.ParseDuration(text)
	return err
}

// schedule accepts what Velero's schedule controller parses, less what then has no next run: a
// zero time counts as due there, at every reconcile.
func schedule(text string) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return err
	}
	zone := time.UTC
	if spec, ok := parsed.(*cron.SpecSchedule); ok && spec.Location != time.Local {
		zone = spec.Location
	}
	// The search ends with the fifth year after the one it starts in: the last second of a year
	// leaves it the shortest time. The calendar repeats every 28 years.
	for year := 2000; year < 2029; year++ {
		if parsed.Next(time.Date(year, time.December, 31, 23, 59, 58, 0, zone)).IsZero() {
			return errors.New("no next run within five years")
		}
	}
	return nil
}

// next takes seconds since 1970, a space and a valid schedule, and answers when that is due next,
// as the schedule controller computes it; in a container, where local time is UTC.
func next(text string) int64 {
	seconds, expression, _ := strings.Cut(text, " ")
	from, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return -1
	}
	parsed, err := cron.ParseStandard(expression)
	if err != nil {
		return -1
	}
	return parsed.Next(time.Unix(from, 0).UTC()).Unix()
}

func namespace(text string) error {
	if errs := collections.ValidateNamespaceIncludesExcludes([]string{text}, nil); len(errs) > 0 {
		return errs[0]
	}
	_, err := glob.Compile(text)
	return err
}

// labels turns the messages of apimachinery's checks into an error.
func labels(check func(string) []string) func(string) error {
	return func(text string) error {
		if messages := check(text); len(messages) > 0 {
			return errors.New(strings.Join(messages, "; "))
		}
		return nil
	}
}

func resource(text string) error {
	_, err := glob.Compile(text)
	return err
}

var kinds = map[string]func(string) error{
	"duration":    duration,
	"schedule":    schedule,
	"namespace":   namespace,
	"resource":    resource,
	"label-key":   labels(validation.IsQualifiedName),
	"label-value": labels(validation.IsValidLabelValue),
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		kind, quoted, _ := strings.Cut(lines.Text(), "\t")
		var text string
		if err := json.Unmarshal([]byte(quoted), &text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if kind == "next" {
			fmt.Println(next(text))
			continue
		}
		if err := kinds[kind](text); err != nil {
			fmt.Printf("invalid %q\n", err.Error())
			continue
		}
		fmt.Println("valid")
	}
}
