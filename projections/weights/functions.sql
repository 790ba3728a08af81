-- The last layer that refuses a distribution that is none, whoever wrote it: a user has no row in impact_weights, or
-- three that sum to 1. Checked at commit, as rows are written one by one.

CREATE FUNCTION {generation}.require_whole_weights()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    of_user text;
    how_many bigint;
    total numeric;
BEGIN
    FOREACH of_user IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.user_id]
        WHEN 'DELETE' THEN ARRAY[OLD.user_id]
        ELSE ARRAY[NEW.user_id, OLD.user_id]
    END LOOP
        SELECT count(*), sum(w.weight) INTO how_many, total
        FROM {generation}.impact_weights AS w
        WHERE w.user_id = of_user;
        IF how_many > 0 AND (how_many <> 3 OR total <> 1) THEN
            RAISE EXCEPTION 'weights of user %: % rows that sum to %, not 3 that sum to 1.00',
                quote_literal(of_user), how_many, round(total, 2)
                USING ERRCODE = 'check_violation',
                      HINT = 'Change all three rows in one transaction, or publish weights.weights_set.';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER weights_are_whole
AFTER INSERT OR UPDATE OR DELETE ON {generation}.impact_weights
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION {generation}.require_whole_weights();
